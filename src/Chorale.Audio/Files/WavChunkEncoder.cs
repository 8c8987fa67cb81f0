using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>
/// Writes WAV: every sample is in the stream when <see cref="Write"/> returns, and the sizes in the header follow every five seconds,
/// so that a killed file plays nearly whole in any player and wholly once it is repaired.
/// </summary>
internal sealed class WavChunkEncoder : IChunkEncoder
{
    /// <summary>Each update costs one more block on the card: 4 KiB every 5 s is 70 MB a day.</summary>
    private const int HeaderEverySeconds = 5;

    private readonly PcmFormat _input;
    private readonly ChunkCompleted _completed;
    private readonly long _riffMaxBytes;
    private Stream? _output;
    private WavLayout _layout = null!;
    private byte[] _packed = [];
    private long _startPosition;
    private long _dataBytes;
    private long _frames;
    private long _framesAtHeader;

    public WavChunkEncoder(PcmFormat input, ChunkCompleted completed, long riffMaxBytes = WavLayout.Unknown32 - 1)
    {
        _input = input;
        _completed = completed;
        _riffMaxBytes = riffMaxBytes;
    }

    public long FramesOut { get; private set; }

    public int FramesToNextOutput => 1;

    public void Begin(Stream output, IReadOnlyList<AudioTag> tags)
    {
        if (_output is not null) throw new InvalidOperationException("the run has begun already");
        FramesOut = 0;
        Open(output, tags);
    }

    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var output = Output();
        var frames = Math.DivRem(interleaved.Length, _input.BytesPerFrame, out var rest);
        if (rest != 0) throw new ArgumentException($"{interleaved.Length} bytes are not whole frames of {_input.BytesPerFrame} bytes", nameof(interleaved));
        if (frames == 0) return;
        var bytes = _input.SampleFormat == SampleFormat.S24 ? Pack24(interleaved) : interleaved;
        output.Write(bytes);
        _dataBytes += bytes.Length;
        _frames += frames;
        FramesOut += frames;
        if (_frames - _framesAtHeader >= (long)HeaderEverySeconds * _input.SampleRateHz) UpdateHeader();
    }

    public void Cut(Stream next, IReadOnlyList<AudioTag> tags)
    {
        foreach (var tag in tags) ChunkEncoders.ThrowIfBadTag(tag);
        Finish();
        Open(next, tags);
    }

    public void End()
    {
        Finish();
        _output = null;
    }

    /// <summary>What is open stays as it is: readable, its header up to five seconds old.</summary>
    public void Dispose() => _output = null;

    private Stream Output() => _output ?? throw new InvalidOperationException("no run has begun");

    private void Open(Stream output, IReadOnlyList<AudioTag> tags)
    {
        foreach (var tag in tags) ChunkEncoders.ThrowIfBadTag(tag);
        if (!output.CanSeek) throw new ArgumentException("the stream cannot seek, and WAV needs its sizes in front", nameof(output));
        _layout = new WavLayout(_input, tags);
        _startPosition = output.Position;
        _dataBytes = _frames = _framesAtHeader = 0;
        output.Write(_layout.For(0, _riffMaxBytes));
        _output = output;
    }

    private void Finish()
    {
        var output = Output();
        if ((_dataBytes & 1) == 1) output.WriteByte(0);
        UpdateHeader();
        _completed(output, _frames);
    }

    private void UpdateHeader()
    {
        var output = Output();
        var end = output.Position;
        output.Position = _startPosition;
        output.Write(_layout.For(_dataBytes, _riffMaxBytes));
        output.Position = end;
        _framesAtHeader = _frames;
    }

    private ReadOnlySpan<byte> Pack24(ReadOnlySpan<byte> stored)
    {
        var samples = MemoryMarshal.Cast<byte, int>(stored);
        if (_packed.Length < samples.Length * 3) _packed = new byte[samples.Length * 3];
        for (var i = 0; i < samples.Length; i++)
        {
            _packed[i * 3] = (byte)(samples[i] >> 8);
            _packed[i * 3 + 1] = (byte)(samples[i] >> 16);
            _packed[i * 3 + 2] = (byte)(samples[i] >> 24);
        }

        return _packed.AsSpan(0, samples.Length * 3);
    }
}
