using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Interop;

/// <summary>
/// Frames of one source, on the loop of the thread that reads them: no second thread, no lock, and one wake-up for each period. ALSA's
/// plugin, the other way to the same frames, costs three times the processor time.
/// </summary>
/// <remarks>Belongs to the thread of its connection, which outlives it.</remarks>
internal sealed unsafe class PulseRecording : IDisposable
{
    /// <summary>More than the grain of the clock that tells whether a read has waited.</summary>
    private const int WakeEarlyMs = 6;

    private readonly PulseConnection _server;
    private readonly SafePulseStreamHandle _stream;
    private readonly PcmFormat _format;
    private readonly AutoResetEvent _never = new(false);
    private byte* _fragment; // the server's memory, until it is dropped
    private int _fragmentBytes;
    private int _usedBytes;
    private bool _isBehind; // more had come than the last read took
    private bool _hasWaited; // the last read took all that the server had sent

    private PulseRecording(PulseConnection server, SafePulseStreamHandle stream, PcmFormat format)
        => (_server, _stream, _format) = (server, stream, format);

    /// <summary>True until the stream's source or server went, or the stream was killed.</summary>
    public bool IsAlive => _server.IsAlive && !_server.IsWatchedGone && Pulse.StreamState(_stream) == Pulse.StreamReady;

    /// <summary>Null when the server refused or did not answer in time; its last error says why.</summary>
    /// <param name="server">Its loop is turned by every <see cref="Read"/>.</param>
    /// <param name="sourceName">Null for the server's default, which the server may then exchange under way.</param>
    /// <param name="format">The server converts to it.</param>
    /// <param name="periodFrames">How often it is to hand frames over.</param>
    /// <param name="patience">For the server's answer.</param>
    public static PulseRecording? TryOpen(PulseConnection server, string? sourceName, PcmFormat format, int periodFrames, TimeSpan patience)
    {
        var spec = new Pulse.SampleSpec { Format = WireOf(format.SampleFormat), RateHz = (uint)format.SampleRateHz, Channels = (byte)format.Channels };
        Pulse.ChannelMap map;
        Pulse.NameChannels(&map, (uint)format.Channels, Pulse.ChannelMapAlsa);
        var stream = Pulse.StreamNew(server.Context, "recording", spec, &map);
        var recording = new PulseRecording(server, stream, format);
        // The server gives its source half of a fragment's time, and keeps up to its own limit (4 MiB) for a reader that is late.
        var buffer = new Pulse.BufferAttributes
        {
            LongestBytes = uint.MaxValue, TargetBytes = uint.MaxValue, PrebufferBytes = uint.MaxValue, LeastRequestBytes = uint.MaxValue,
            FragmentBytes = (uint)(2 * periodFrames * format.BytesPerFrame),
        };
        var flags = Pulse.StreamAdjustLatency | (sourceName is null ? 0 : Pulse.StreamDontMove);
        if (!stream.IsInvalid && Pulse.StreamRecord(stream, sourceName, buffer, flags) >= 0
            && server.Turn(() => Pulse.StreamState(stream) >= Pulse.StreamReady || !server.IsAlive, patience) && recording.IsAlive)
        {
            return recording;
        }

        recording.Dispose();
        return null;
    }

    /// <summary>
    /// Waits until <paramref name="destination"/> can be filled, but not past <paramref name="longestMs"/>, and copies what is there. What has
    /// come beyond that is given by the next calls without waiting: fragments are of any size, and a rest that was left lying would make
    /// every stamp after it late by its own length.
    /// </summary>
    /// <param name="destination">A whole number of frames.</param>
    /// <param name="longestMs">In milliseconds.</param>
    /// <param name="lostBytes">Of a hole the server left just before the frames of this call.</param>
    /// <returns>Bytes copied.</returns>
    public int Read(Span<byte> destination, int longestMs, out long lostBytes)
    {
        lostBytes = 0;
        var deadline = Environment.TickCount64 + longestMs;
        Nap(destination.Length);
        var waitingSinceMs = Environment.TickCount64;
        while (!_isBehind && ReadableBytes() < destination.Length && IsAlive)
        {
            var left = deadline - Environment.TickCount64;
            if (left <= 0 || !_server.TurnOnce((int)left)) break;
        }

        _hasWaited = Environment.TickCount64 > waitingSinceMs;
        var copied = 0;
        while (copied < destination.Length && TakeFragment(copied, ref lostBytes))
        {
            var bytes = Math.Min(destination.Length - copied, _fragmentBytes - _usedBytes);
            new ReadOnlySpan<byte>(_fragment + _usedBytes, bytes).CopyTo(destination[copied..]);
            copied += bytes;
            _usedBytes += bytes;
            if (_usedBytes == _fragmentBytes) DropFragment();
        }

        _isBehind = copied == destination.Length && ReadableBytes() > 0;
        if (_format.SampleFormat == SampleFormat.S24)
        {
            foreach (ref var sample in MemoryMarshal.Cast<byte, int>(destination[..copied])) sample <<= 8;
        }

        return copied;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _never.Dispose();
    }

    /// <summary>
    /// A listener beside us may make the server hand over 400 fragments a second to everybody: most of a period they gather in the socket. The
    /// last of them is waited for, so that the stamp after it is right; and nobody naps who has yet to catch up.
    /// </summary>
    private void Nap(int wantedBytes)
    {
        if (_isBehind || !_hasWaited) return;
        var missingMs = (wantedBytes - ReadableBytes()) / _format.BytesPerFrame * 1000 / _format.SampleRateHz;
        if (missingMs > 2 * WakeEarlyMs) _never.WaitOne((int)Math.Min(missingMs - WakeEarlyMs, 200));
    }

    private static int WireOf(SampleFormat stored) => stored switch
    {
        SampleFormat.S16 => Pulse.SampleS16,
        SampleFormat.S24 => Pulse.SampleS24,
        SampleFormat.S32 => Pulse.SampleS32,
        SampleFormat.F32 => Pulse.SampleFloat,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private long ReadableBytes()
    {
        var bytes = (long)Pulse.ReadableBytes(_stream); // a peeked fragment counts until it is dropped; (size_t)-1 is an error
        return bytes < 0 ? 0 : bytes - _usedBytes;
    }

    /// <summary>Makes the oldest fragment the current one. A hole ends the frames of this call: it is taken only when there are none before it.</summary>
    private bool TakeFragment(int copied, ref long lostBytes)
    {
        while (_fragment is null)
        {
            if (Pulse.Peek(_stream, out var data, out var bytes) < 0 || bytes == 0) return false;
            if (data is null)
            {
                if (copied > 0) return false;
                lostBytes += (long)bytes;
                _ = Pulse.Drop(_stream);
                continue;
            }

            _fragment = data;
            (_fragmentBytes, _usedBytes) = ((int)bytes, 0);
        }

        return true;
    }

    private void DropFragment()
    {
        _ = Pulse.Drop(_stream);
        _fragment = null;
        (_fragmentBytes, _usedBytes) = (0, 0);
    }
}
