using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// Anything ffmpeg can open, decoded by a child process that writes PCM into a pipe. A child must never outlive us: on Unix it is guarded
/// by a shell that waits for its own standard input to end, which happens when this process does, even by kill -9, and then kills it.
/// (The kernel's parent-death signal is tied to the thread that made the child, and threads of a pool come and go.)
/// </summary>
/// <remarks>A thread of its own moves bytes from the pipe to a buffer of a second, so that <see cref="Read"/> can give up after 200 ms.</remarks>
internal sealed class FfmpegSource : ICaptureSource
{
    private const string Guard = "exec 3>&1; \"$@\" </dev/null >&3 3>&- & child=$!; exec >/dev/null 3>&-; read -r _; kill -9 $child 2>/dev/null";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly Process _process;
    private readonly Stream _output;
    private readonly byte[] _buffer;
    private readonly object _gate = new();
    private readonly string _url;
    private int _start;
    private int _count;
    private bool _hasEnded;
    private bool _isStopping;
    private string _lastWords = "";

    private FfmpegSource(Process process, string url, PcmFormat format, int periodFrames)
    {
        (_process, _output, _url, Format, PeriodFrames) = (process, process.StandardOutput.BaseStream, url, format, periodFrames);
        _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(format.SampleRateHz, 4 * periodFrames) * format.BytesPerFrame);
        process.ErrorDataReceived += (_, line) => _lastWords = string.IsNullOrWhiteSpace(line.Data) ? _lastWords : line.Data;
        process.BeginErrorReadLine();
        new Thread(Pump) { Name = "ffmpeg pipe", IsBackground = true }.Start();
    }

    public PcmFormat Format { get; }

    public int PeriodFrames { get; }

    public string Description => WithoutPassword(_url);

    public bool IsPaced => true;

    /// <summary>A stream from the network, or whatever else ffmpeg knows by a URL.</summary>
    public static FfmpegSource Open(string url, PcmFormat format, int periodFrames) => Start(url, OptionsFor(url), format, periodFrames);

    /// <summary>A sound file brought to another rate, again and again at the pace of the world.</summary>
    public static FfmpegSource OpenFile(string path, PcmFormat format, int periodFrames)
        => Start($"file:{path}", ["-re", "-stream_loop", "-1"], format, periodFrames);

    private static FfmpegSource Start(string url, string[] options, PcmFormat format, int periodFrames)
    {
        string[] ffmpeg =
        [
            "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", .. options, "-i", url, "-vn", "-map", "0:a:0",
            "-ar", format.SampleRateHz.ToString(System.Globalization.CultureInfo.InvariantCulture), "-ac", format.Channels.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "-f", MuxerOf(format), "-flush_packets", "1", "pipe:1",
        ];
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo(ffmpeg[0], ffmpeg[1..]) : new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", .. ffmpeg]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        try
        {
            return new FfmpegSource(Process.Start(start)!, url, format, periodFrames);
        }
        catch (Win32Exception e)
        {
            throw new CaptureException($"cannot start ffmpeg for {WithoutPassword(url)}: install the package ffmpeg", isTransient: false, e);
        }
    }

    public CaptureRead Read(Span<byte> destination)
    {
        lock (_gate)
        {
            var wanted = Math.Min(destination.Length / Format.BytesPerFrame, PeriodFrames) * Format.BytesPerFrame;
            if (_count < wanted && !_hasEnded) Monitor.Wait(_gate, Patience);
            if (_count < wanted && !_hasEnded) return new CaptureRead(CaptureReadKind.Frames, 0);
            var take = Math.Min(_count / Format.BytesPerFrame * Format.BytesPerFrame, wanted);
            if (take == 0) return new CaptureRead(CaptureReadKind.Lost, 0, 0, $"{Description}: {(_lastWords.Length > 0 ? WithoutPassword(_lastWords) : "the stream ended")}");
            var head = Math.Min(take, _buffer.Length - _start);
            _buffer.AsSpan(_start, head).CopyTo(destination);
            _buffer.AsSpan(0, take - head).CopyTo(destination[head..]);
            (_start, _count) = ((_start + take) % _buffer.Length, _count - take);
            Monitor.PulseAll(_gate);
            if (Format.SampleFormat == SampleFormat.S24)
            {
                foreach (ref var sample in MemoryMarshal.Cast<byte, int>(destination[..take])) sample &= ~0xff;
            }

            return new CaptureRead(CaptureReadKind.Frames, take / Format.BytesPerFrame);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        try
        {
            _process.StandardInput.Close(); // the guard kills ffmpeg
            if (OperatingSystem.IsWindows()) _process.Kill();
            _process.WaitForExit(TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or Win32Exception)
        {
            // It had ended by itself.
        }

        _process.Dispose();
    }

    private void Pump()
    {
        var piece = new byte[16_384];
        try
        {
            for (int got; (got = _output.Read(piece)) > 0;)
            {
                lock (_gate)
                {
                    while (_count + got > _buffer.Length && !_isStopping) Monitor.Wait(_gate);
                    if (_isStopping) return;
                    var end = (_start + _count) % _buffer.Length;
                    var head = Math.Min(got, _buffer.Length - end);
                    piece.AsSpan(0, head).CopyTo(_buffer.AsSpan(end));
                    piece.AsSpan(head, got - head).CopyTo(_buffer);
                    _count += got;
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe broke: the same as its end.
        }

        lock (_gate)
        {
            _hasEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Live protocols keep their own pace, and lose nothing over TCP; whatever else there is ffmpeg reads as fast as the world goes.</summary>
    private static string[] OptionsFor(string url) => url[..url.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant() switch
    {
        "rtsp" or "rtsps" => ["-rtsp_transport", "tcp"],
        "rtmp" or "rtmps" or "rtp" or "udp" or "srt" or "tcp" => [],
        _ => ["-re"],
    };

    /// <summary>ffmpeg has no 24 bits in 4 bytes; its s32le is left-justified as ours is.</summary>
    private static string MuxerOf(PcmFormat format) => format.SampleFormat switch
    {
        SampleFormat.S16 => "s16le",
        SampleFormat.F32 => "f32le",
        SampleFormat.S24 or SampleFormat.S32 => "s32le",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Addresses go into logs and pages, and cameras have their password in the address.</summary>
    private static string WithoutPassword(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        return scheme >= 0 && at > scheme ? string.Concat(text.AsSpan(0, scheme + 3), "***", text.AsSpan(at)) : text;
    }
}
