using Chorale.Audio.Interop;

namespace Chorale.Audio.Files;

/// <summary>Samples that one page brought.</summary>
/// <param name="Position48k">Of the first, on the line of the run: 48 kHz samples since its first frame.</param>
/// <param name="Frames">At the decoder's rate.</param>
/// <param name="IsDiscontinuous">What lies between this and what was decoded before is missing.</param>
public readonly record struct DecodedStretch(long Position48k, int Frames, bool IsDiscontinuous);

/// <summary>
/// Decodes the pages of one run's chunks as they come, as one line of samples: a packet that two chunks share around a cut is decoded once,
/// so that joins are heard as they were recorded, and pages that are missing are a hole of their length, never a shift. Used by one thread.
/// </summary>
/// <remarks>
/// Where a packet lies follows from the granule position of its page and the chunk's first frame, not from what came before. A chunk's last
/// page is not trimmed: what lies behind its end is the beginning of the next, or a few milliseconds of padding at the end of a run.
/// </remarks>
public sealed unsafe class OpusLineDecoder : IDisposable
{
    /// <summary>120 ms, the longest packet.</summary>
    private const int PacketSamplesMax = 5760;

    /// <summary>Behind one page of OpusHead and one of OpusTags (<see cref="OpusStart"/>).</summary>
    private const uint FirstAudioPage = 2;

    private readonly int _divisor;
    private SafeOpusDecoderHandle _decoder;
    private readonly List<byte> _partial = [];
    private short[] _samples = new short[3 * PacketSamplesMax];
    private int _count; // of _samples
    private long _start48k; // of the chunk, less its pre-skip
    private int _preSkip;
    private long _position; // granule position behind the packet read last; -1 unknown
    private long _decodedTo = -1; // 48 kHz samples of the run
    private bool _isHole;

    /// <param name="sampleRateHz">48000 or 24000.</param>
    /// <param name="channels">1 or 2: what is given out, whatever comes.</param>
    /// <exception cref="AudioFileException">libopus is missing.</exception>
    public OpusLineDecoder(int sampleRateHz, int channels)
    {
        if (sampleRateHz is not (48_000 or 24_000)) throw new ArgumentOutOfRangeException(nameof(sampleRateHz), sampleRateHz, "allowed are 48000 and 24000");
        if (channels is not (1 or 2)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "allowed are 1 and 2");
        (SampleRateHz, Channels, _divisor) = (sampleRateHz, channels, 48_000 / sampleRateHz);
        _decoder = CodecLibrary.Require(Opus.Lib, Opus.Package, Create);
    }

    public int SampleRateHz { get; }

    public int Channels { get; }

    /// <summary>Interleaved samples of the last <see cref="Decode"/>; valid until the next.</summary>
    public ReadOnlySpan<short> Samples => _samples.AsSpan(0, _count);

    /// <summary>The pages that follow are of this chunk.</summary>
    /// <param name="firstSample48k">Position of its first frame on the line of the run.</param>
    /// <param name="preSkip">Of its head.</param>
    /// <param name="joins">False: another run, nothing before belongs to it.</param>
    public void Begin(long firstSample48k, int preSkip, bool joins)
    {
        (_start48k, _preSkip, _position) = (firstSample48k - preSkip, preSkip, -1);
        _partial.Clear();
        if (joins) return;
        _decodedTo = -1;
        _isHole = false;
        Reset();
    }

    /// <summary>Pages are missing before the next one.</summary>
    public void Lose()
    {
        (_position, _isHole) = (-1, true);
        _partial.Clear();
    }

    /// <summary>Decodes a page of audio.</summary>
    /// <returns>Null when it brought no new samples.</returns>
    public DecodedStretch? Decode(OggPage page)
    {
        _count = 0;
        if (_position < 0 && !FindPosition(page)) return null;
        long? first = null;
        var isDiscontinuous = false;
        var body = page.Body;
        foreach (var lacing in page.Lacing)
        {
            _partial.AddRange(body[..lacing]);
            body = body[lacing..];
            if (lacing == 255) continue;
            var packet = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_partial);
            var samples = OpusHeaders.SamplesOf(packet);
            var at = _start48k + _position;
            _position += samples;
            if (samples > 0 && at + samples > _decodedTo) Take(packet, at, samples, ref first, ref isDiscontinuous);
            _partial.Clear();
        }

        return first is { } position && _count > 0 ? new DecodedStretch(position, _count / Channels, isDiscontinuous) : null;
    }

    public void Dispose() => _decoder.Dispose();

    /// <summary>Granule positions name the end of a page; a page that continues a packet of a page we have not seen says nothing of its beginning.</summary>
    private bool FindPosition(OggPage page)
    {
        if (page.Sequence == FirstAudioPage)
        {
            _position = 0;
            return true;
        }

        if (page.GranulePosition <= 0) return false;
        var samples = 0;
        var body = page.Body;
        var packet = new List<byte>();
        var isFirst = (page.Flags & OggPage.Continued) == 0;
        foreach (var lacing in page.Lacing)
        {
            if (isFirst) packet.AddRange(body[..lacing]);
            body = body[lacing..];
            if (lacing == 255) continue;
            samples += OpusHeaders.SamplesOf(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(packet));
            packet.Clear();
            isFirst = true;
        }

        if ((page.Flags & (OggPage.Continued | OggPage.Last)) != 0) return false; // the next chunk's first page says it again
        _position = page.GranulePosition - samples;
        return _position >= 0;
    }

    private void Take(ReadOnlySpan<byte> packet, long at, int samples, ref long? first, ref bool isDiscontinuous)
    {
        var isNew = _decodedTo < 0;
        if (_isHole || (!isNew && at != _decodedTo))
        {
            if (!isNew) Reset();
            isDiscontinuous = true;
        }

        _isHole = false;
        if (_samples.Length < _count + PacketSamplesMax * Channels) Array.Resize(ref _samples, _samples.Length * 2);
        int frames;
        fixed (byte* bytes = packet)
        fixed (short* to = &_samples[_count])
        {
            frames = Opus.Decode(_decoder, bytes, packet.Length, to, PacketSamplesMax / _divisor, 0);
        }

        if (frames <= 0)
        {
            _isHole = true; // a packet that does not decode is one that is missing
            return;
        }

        _decodedTo = at + samples;
        // What lies before the chunk's first sample is the codec's start-up, unless the chunk before went on into it.
        var skip = isNew || (isDiscontinuous && first is null) ? (int)Math.Clamp(_start48k + _preSkip - at, 0, samples) / _divisor : 0;
        if (skip >= frames) return;
        if (skip > 0) _samples.AsSpan(_count + skip * Channels, (frames - skip) * Channels).CopyTo(_samples.AsSpan(_count));
        first ??= at + skip * _divisor;
        _count += (frames - skip) * Channels;
    }

    private void Reset()
    {
        _decoder.Dispose();
        _decoder = Create();
    }

    private SafeOpusDecoderHandle Create()
    {
        var decoder = Opus.DecoderCreate(SampleRateHz, Channels, out var error);
        return error == 0 ? decoder : throw new AudioFileException($"opus_decoder_create: error {error}");
    }
}
