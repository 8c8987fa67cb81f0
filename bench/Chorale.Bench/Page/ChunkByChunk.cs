using System.Globalization;
using System.Text;
using System.Web;
using Chorale.Archive.Index;
using Microsoft.Playwright;

namespace Chorale.Bench.Page;

/// <summary>Answers for a timeline with every chunk of the period: what there would be without tables kept beside the chunks.</summary>
internal sealed class ChunkByChunk(ArchiveIndex index)
{
    public Task AnswerAsync(IRoute route)
    {
        var query = HttpUtility.ParseQueryString(new Uri(route.Request.Url).Query);
        var (from, to) = (query["from"]!, query["to"]!);
        var json = new StringBuilder(1 << 20).Append(CultureInfo.InvariantCulture, $$"""{"from_us":{{from}},"to_us":{{to}},"detail":"spans","bucket_us":0,"recorders":[""");
        index.Read(connection =>
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
        return route.FulfillAsync(new RouteFulfillOptions { Status = 200, ContentType = "application/json", Body = json.Append("]}").ToString() });
    }
}
