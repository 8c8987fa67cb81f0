using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Hub.Access;
using Chorale.Protocol;

namespace Chorale.Simulate;

/// <summary>Uploads of real chunks for modules that have none: one Opus chunk, sent with the times and the credential of each.</summary>
internal sealed class SimulatedUploads : IDisposable
{
    private const string Place = "00000000-0000-0000-0000-000000000000";
    private const int RateHz = 48_000;

    private readonly HttpClient _http;
    private readonly AccessStore _access;
    private readonly ConcurrentDictionary<string, string> _tokens = new();
    private readonly ConcurrentBag<double> _receiptMs = [];
    private readonly TimeSpan _length;
    private readonly byte[] _chunk;
    private readonly TimeProvider _time;
    private long _failed;

    public SimulatedUploads(Uri hub, string hubData, TimeSpan length, TimeProvider time)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2) })
        {
            BaseAddress = hub, Timeout = TimeSpan.FromSeconds(60),
        };
        (_access, _length, _time) = (AccessStore.Open(hubData, time), length, time);
        _chunk = Encode(length);
    }

    public long Accepted => _receiptMs.Count;

    public long Failed => Interlocked.Read(ref _failed);

    public int ChunkBytes => _chunk.Length;

    /// <summary>Why the last failed one did; null when none did.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>From the first byte to the durable receipt.</summary>
    public (double P50Ms, double P99Ms) Receipts()
    {
        var sorted = _receiptMs.Order().ToArray();
        return sorted.Length == 0 ? (0, 0) : (sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)]);
    }

    /// <summary>Makes a device and its credential at the hub.</summary>
    public void Register(string module) => _tokens[module] = _access.IssueDevice(module, Place, Place).Secret;

    public async Task SendAsync(string module, CancellationToken stopping)
    {
        try
        {
            var end = _time.GetUtcNow();
            using var form = new MultipartFormDataContent
            {
                { new StringContent(Place), "\"point_id\"" }, { new StringContent(Place), "\"register_id\"" }, { new StringContent(module), "\"device_id\"" },
                { new StringContent(WallTime.ToOffsetText(end - _length)), "\"start_ts\"" }, { new StringContent(WallTime.ToOffsetText(end)), "\"end_ts\"" },
                { new StringContent("opus"), "\"codec\"" }, { new StringContent(RateHz.ToString(CultureInfo.InvariantCulture)), "\"sample_rate\"" },
                { new StringContent("1"), "\"channels\"" },
            };
            var file = new ByteArrayContent(_chunk);
            file.Headers.ContentType = new MediaTypeHeaderValue("audio/ogg");
            form.Add(file, "\"chunk_file\"", $"\"chunk_{end.UtcDateTime.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}.ogg\"");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chunks") { Content = form };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens[module]);
            var sent = _time.GetTimestamp();
            using var reply = await _http.SendAsync(request, stopping);
            if (reply.IsSuccessStatusCode) _receiptMs.Add(_time.GetElapsedTime(sent).TotalMilliseconds);
            else Fail($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync(stopping)}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            if (!stopping.IsCancellationRequested) Fail(e.Message);
        }
    }

    public void Dispose()
    {
        foreach (var module in _tokens.Keys) _access.Revoke(module); // nobody needs them any more
        _access.Dispose();
        _http.Dispose();
    }

    private void Fail(string why)
    {
        Interlocked.Increment(ref _failed);
        LastFailure = why.Length <= 200 ? why : why[..200];
    }

    /// <summary>A quiet tone.</summary>
    private static byte[] Encode(TimeSpan length)
    {
        using var file = new MemoryStream();
        using var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Opus, 24_000), new PcmFormat(RateHz, 1, SampleFormat.S16), (_, _) => { });
        encoder.Begin(file, [new("TITLE", "simulated")]);
        var second = new short[RateHz];
        for (var i = 0; i < second.Length; i++) second[i] = (short)(1_000 * Math.Sin(2 * Math.PI * 440 * i / RateHz));
        for (var s = 0; s < (int)length.TotalSeconds; s++) encoder.Write(MemoryMarshal.AsBytes(second.AsSpan()));
        encoder.End();
        return file.ToArray();
    }
}
