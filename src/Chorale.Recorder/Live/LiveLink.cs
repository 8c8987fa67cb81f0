using System.Net;
using System.Net.Http.Headers;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Upload;

namespace Chorale.Recorder.Live;

/// <summary>How one connection ended.</summary>
internal enum LiveEnd
{
    /// <summary>Nobody wants to hear any more.</summary>
    NotWanted,

    /// <summary>The hub takes no stream of ours: credentials, or it is another API.</summary>
    Refused,

    /// <summary>Not reached, broken, stopped.</summary>
    Broken,
}

/// <param name="Detail">In words, for the log.</param>
/// <param name="Status">HTTP status where there was one, else 0.</param>
/// <param name="Lasted">True when pages had gone out.</param>
internal sealed record LiveOutcome(LiveEnd End, string Detail, int Status, bool Lasted);

/// <summary>One stream of pages over HTTP/1.1 at a time, and the question whether one is wanted. Never throws for anything the network does.</summary>
internal sealed class LiveLink : IDisposable
{
    /// <summary>Small: what lies in the kernel is late. Two seconds of 64 kbit/s.</summary>
    private const int SendBufferBytes = 16 * 1024;

    /// <summary>A hub that takes nothing for so long is not there.</summary>
    private static readonly TimeSpan StallMax = TimeSpan.FromSeconds(5);

    /// <summary>For one long question.</summary>
    public static readonly TimeSpan AskFor = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http;
    private readonly ServerOptions _server;
    private readonly string _recorder;
    private readonly string _token;
    private readonly TimeProvider _time;

    /// <exception cref="ArgumentException">The address or the CA certificate cannot be used.</exception>
    public LiveLink(ServerOptions server, string recorder, string token, TimeProvider time)
    {
        (_server, _recorder, _token, _time) = (server, recorder, token, time);
        Address = server.Parse();
        var handler = ServerLink.CreateHandler(server, SendBufferBytes);
        handler.Expect100ContinueTimeout = TimeSpan.FromSeconds(10);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Address { get; }

    /// <summary>Sends pages until nobody wants them, or it cannot.</summary>
    public async Task<LiveOutcome> SendAsync(LiveWindow window, LiveDemand demand, Func<string?> quiet, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var body = new PagesContent(window, demand, quiet, _time, ending.Token);
        try
        {
            using var request = Request(HttpMethod.Put, LiveWire.PathOf(_recorder));
            request.Headers.ExpectContinue = true;
            request.Headers.TryAddWithoutValidation(LiveWire.Header, demand.IsAlways ? LiveWire.Copy : LiveWire.Listen);
            request.Content = body;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
            var status = (int)response.StatusCode;
            var end = status switch { 200 => LiveEnd.NotWanted, 401 or 403 or 404 or 405 or 422 => LiveEnd.Refused, _ => LiveEnd.Broken };
            return new LiveOutcome(end, end == LiveEnd.NotWanted ? "no longer wanted" : await Text(response, ending.Token), status, body.HasSent);
        }
        catch (OperationCanceledException)
        {
            return new LiveOutcome(LiveEnd.Broken, "stopped", 0, body.HasSent);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new LiveOutcome(LiveEnd.Broken, (e.InnerException ?? e).Message, 0, body.HasSent);
        }
        finally
        {
            await ending.CancelAsync(); // the body may still wait for pages although the answer has come
            await body.Ended;
            window.Leave();
        }
    }

    /// <summary>Asks whether somebody wants to hear, and waits for it on the hub's side.</summary>
    /// <returns>Null: no answer, or none of a hub of ours.</returns>
    public async Task<LiveWanted?> AskAsync(CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(AskFor + StallMax * 2);
        try
        {
            using var request = Request(HttpMethod.Get, $"{LiveWire.WantedPathOf(_recorder)}?wait={AskFor.TotalSeconds:0}");
            using var response = await _http.SendAsync(request, patience.Token);
            return response.StatusCode == HttpStatusCode.OK ? LiveWanted.Read(await response.Content.ReadAsStringAsync(patience.Token)) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, _server.At(path)) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        request.Headers.UserAgent.ParseAdd(ServerLink.Agent);
        return request;
    }

    private static async Task<string> Text(HttpResponseMessage response, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        return $"HTTP {(int)response.StatusCode}: {(text.Length <= 200 ? text : text[..200])}";
    }

    /// <summary>The body: pages as they come, a note every two seconds.</summary>
    private sealed class PagesContent : HttpContent
    {
        private readonly LiveWindow _window;
        private readonly LiveDemand _demand;
        private readonly Func<string?> _quiet;
        private readonly TimeProvider _time;
        private readonly CancellationToken _ending;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _isBegun;
        private long _noteStamp;
        private uint _notes;

        public PagesContent(LiveWindow window, LiveDemand demand, Func<string?> quiet, TimeProvider time, CancellationToken ending)
        {
            (_window, _demand, _quiet, _time, _ending) = (window, demand, quiet, time, ending);
            Headers.ContentType = new MediaTypeHeaderValue("audio/ogg");
        }

        public bool HasSent { get; private set; }

        /// <summary>Nothing of this reads the window any more.</summary>
        public Task Ended => Volatile.Read(ref _isBegun) == 0 ? Task.CompletedTask : _ended.Task;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancel)
        {
            if (Interlocked.Exchange(ref _isBegun, 1) != 0) throw new InvalidOperationException("a stream of pages is sent once");
            try
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _ending);
                _window.Join();
                while (_demand.IsWanted)
                {
                    await SendAsync(stream, either.Token);
                    await _window.WaitAsync(Tick, either.Token);
                }
            }
            finally
            {
                _ended.TrySetResult();
            }
        }

        private async Task SendAsync(Stream stream, CancellationToken ending)
        {
            using var stalled = CancellationTokenSource.CreateLinkedTokenSource(ending);
            stalled.CancelAfter(StallMax);
            try
            {
                var hasWritten = false;
                if (_notes == 0 || _time.GetElapsedTime(_noteStamp) >= LiveWire.NoteInterval)
                {
                    await stream.WriteAsync(Note(), stalled.Token);
                    hasWritten = true;
                }

                while (_window.TryTake(out var page))
                {
                    await stream.WriteAsync(page, stalled.Token);
                    HasSent = hasWritten = true;
                    stalled.CancelAfter(StallMax);
                }

                if (hasWritten) await stream.FlushAsync(stalled.Token);
            }
            catch (OperationCanceledException) when (!ending.IsCancellationRequested)
            {
                throw new IOException($"the hub took nothing for {StallMax.TotalSeconds:0} s");
            }
        }

        private byte[] Note()
        {
            _noteStamp = _time.GetTimestamp();
            var note = new LiveNote(WallTime.ToMicroseconds(_time.GetUtcNow()), _window.Dropped, _quiet());
            return OggPage.Make(0, LiveWire.NoteSerial, _notes++, note.ToBytes());
        }
    }
}
