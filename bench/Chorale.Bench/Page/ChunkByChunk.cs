using System.Globalization;
using System.Net;
using System.Text;
using Chorale.Archive.Index;

namespace Chorale.Bench.Page;

/// <summary>Answers for a timeline with every chunk of the period: what there would be without tables kept beside the chunks.</summary>
internal sealed class ChunkByChunk : IDisposable
{
    private readonly ArchiveIndex _index;
    private readonly HttpListener _listener = new();

    public ChunkByChunk(ArchiveIndex index, string hub)
    {
        _index = index;
        Address = new Uri($"http://127.0.0.1:{new Uri(hub).Port - 1}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = Task.Run(AnswerAsync);
    }

    public Uri Address { get; }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var http = await _listener.GetContextAsync();
                http.Response.ContentType = "application/json";
                await http.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(Tell(http.Request.QueryString)));
                http.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The bench has ended.
        }
    }

    private string Tell(System.Collections.Specialized.NameValueCollection query)
    {
        var (from, to) = (query["from"]!, query["to"]!);
        var json = new StringBuilder(1 << 20).Append(CultureInfo.InvariantCulture, $$"""{"from_us":{{from}},"to_us":{{to}},"detail":"spans","bucket_us":0,"recorders":[""");
        _index.Read(connection =>
        {
            foreach (var recorder in query.GetValues("recorder") ?? [])
            {
                json.Append(CultureInfo.InvariantCulture, $$"""{"id":"{{recorder}}","gaps":[],"buckets":[],"chunks":[],"spans":[""");
                using var command = connection.CreateCommand();
                command.CommandText = "SELECT start_us, end_us FROM chunks WHERE recorder_id = $1 AND start_us >= $2 AND start_us < $3 ORDER BY start_us";
                command.Parameters.AddWithValue("$1", recorder);
                command.Parameters.AddWithValue("$2", long.Parse(from, CultureInfo.InvariantCulture));
                command.Parameters.AddWithValue("$3", long.Parse(to, CultureInfo.InvariantCulture));
                using var reader = command.ExecuteReader();
                while (reader.Read()) json.Append(CultureInfo.InvariantCulture, $$"""{"from_us":{{reader.GetInt64(0)}},"to_us":{{reader.GetInt64(1)}},"chunks":1},""");
                if (json[^1] == ',') json.Length--;
                json.Append("]},");
            }

            return 0;
        });
        if (json[^1] == ',') json.Length--;
        return json.Append("]}").ToString();
    }
}
