using System.Globalization;
using Chorale.Bench.Interop;
using Chorale.Storage;

namespace Chorale.Bench.Recorder;

/// <summary>
/// What any program must spend that keeps the bound on loss: libopus woken every 60 ms for three packets, and one page past the page
/// cache each time. No capture, no container, no index. Runs on a thread of its own, beside the others.
/// </summary>
internal sealed class PacedOpus : IDisposable
{
    private const int PageMs = 60;
    private const int PageBytes = 210;

    private readonly short[] _samples;
    private readonly int _bitrateBps;
    private readonly int _complexity;
    private readonly DirectFile? _file;
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile int _threadId;

    /// <param name="samples">48 kHz mono.</param>
    /// <param name="bitrateBps">Of libopus.</param>
    /// <param name="complexity">Of libopus.</param>
    /// <param name="writeTo">Where a page goes every 60 ms; null: nothing is written.</param>
    public PacedOpus(short[] samples, int bitrateBps, int complexity, string? writeTo)
    {
        (_samples, _bitrateBps, _complexity) = (samples, bitrateBps, complexity);
        if (writeTo is not null) _file = DirectFile.Create(new DiskCalls(), writeTo, 512 * 1024);
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
        while (_threadId == 0) Thread.Yield();
    }

    /// <summary>User and system time of the thread so far (/proc/PID/task/TID/schedstat, nanoseconds).</summary>
    public double CpuSeconds => long.Parse(File.ReadAllText($"/proc/self/task/{_threadId}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e9;

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _file?.Dispose();
    }

    private unsafe void Run()
    {
        _threadId = Opus.ThreadId();
        using var encoder = Opus.Create(Speech.RateHz, 1, Opus.ApplicationAudio, out _);
        _ = Opus.Control(encoder, Opus.SetBitrate, _bitrateBps);
        _ = Opus.Control(encoder, Opus.SetComplexity, _complexity);
        var packet = stackalloc byte[4000];
        Span<byte> page = stackalloc byte[PageBytes];
        var due = Environment.TickCount64;
        fixed (short* first = _samples)
        {
            for (var at = 0; !_stopping; at = (at + 3 * BareOpus.PacketFrames) % (_samples.Length - 3 * BareOpus.PacketFrames))
            {
                for (var n = 0; n < 3; n++) _ = Opus.Encode(encoder, first + at + n * BareOpus.PacketFrames, BareOpus.PacketFrames, packet, 4000);
                _file?.Write(page);
                due += PageMs;
                Thread.Sleep((int)Math.Max(0, due - Environment.TickCount64));
            }
        }
    }
}
