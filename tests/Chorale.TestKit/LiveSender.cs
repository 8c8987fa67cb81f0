using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol.Chunks;

namespace Chorale.TestKit;

/// <summary>A recorder's live stream played by hand: whatever bytes a test wants, when it wants.</summary>
public sealed class LiveSender : IAsyncDisposable
{
    // A refusal comes before the body, however busy the machine is: an answer is told only when the body has ended.
    private readonly HttpClient _http = new(new SocketsHttpHandler { Expect100ContinueTimeout = Wait.Patience }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Pipe _pipe = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task<(int Status, string Text)> _answer;

    private LiveSender(Uri hub, string recorder, string? token, string kind)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, new Uri(hub, LiveWire.PathOf(recorder))) { Content = new PipeContent(_pipe.Reader, _ending.Token) };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TryAddWithoutValidation(LiveWire.Header, kind);
        request.Headers.ExpectContinue = true;
        _answer = SendAsync(request);
    }

    public static LiveSender Open(Uri hub, string recorder, string? token, string kind = LiveWire.Copy) => new(hub, recorder, token, kind);

    /// <summary>What the hub answered; it does so when it ends the stream, or refuses it.</summary>
    public Task<(int Status, string Text)> Answer => _answer.WaitAsync(Wait.Patience);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _pipe.Writer.WriteAsync(bytes);
        await _pipe.Writer.FlushAsync();
    }

    /// <summary>An orderly end.</summary>
    public Task EndAsync() => _pipe.Writer.CompleteAsync().AsTask();

    /// <summary>As a process that is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _pipe.Writer.CompleteAsync();
        _http.Dispose();
        await ((Task)_answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    /// <summary>A chunk of a 440 Hz tone as a recorder of ours writes it.</summary>
    public static byte[] Chunk(string recorder, Guid run, int number, long firstFrame, double seconds, long startUs)
    {
        var format = new PcmFormat(48_000, 1, SampleFormat.S16);
        var tags = new ChunkTags { Recorder = recorder, Run = run, Number = number, FirstFrame = firstFrame, RateHz = 48_000, StartUs = startUs };
        using var output = new MemoryStream();
        using var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Opus, 24_000), format, static (_, _) => { });
        encoder.Begin(output, [.. tags.ToPairs().Select(p => new AudioTag(p.Key, p.Value))]);
        var samples = new byte[(int)(seconds * 48_000) * 2];
        for (var i = 0; i < samples.Length / 2; i++) BitConverter.TryWriteBytes(samples.AsSpan(i * 2), (short)(8000 * Math.Sin(2 * Math.PI * 440 * (firstFrame + i) / 48_000.0)));
        encoder.Write(samples);
        encoder.End();
        return output.ToArray();
    }

    /// <summary>The pages of a file, one by one.</summary>
    public static IReadOnlyList<byte[]> Pages(byte[] file)
    {
        var pages = new List<byte[]>();
        for (var at = 0; at < file.Length; at += pages[^1].Length) pages.Add(file.AsSpan(at, OggPage.LengthAt(file.AsSpan(at))).ToArray());
        return pages;
    }

    private async Task<(int, string)> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (var answer = await _http.SendAsync(request, _ending.Token))
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(_ending.Token));
    }

    private sealed class PipeContent(PipeReader reader, CancellationToken ending) : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            while (true)
            {
                var read = await reader.ReadAsync(ending);
                foreach (var piece in read.Buffer) await stream.WriteAsync(piece, ending);
                await stream.FlushAsync(ending);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
    }
}
