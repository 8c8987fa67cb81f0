using System.Globalization;
using System.Security.Cryptography;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>
/// One libopusenc encoder per run writes any number of Ogg Opus files that join sample-exactly: the packets at a cut are in both files,
/// and pre-skip and end trim (RFC 7845 §4) say which of their samples each file owns.
/// </summary>
/// <remarks>
/// Holds back at most 66.5 ms: a page of three packets (60 ms), which leaves with the first sample behind it, and 6.5 ms of the codec's
/// look-ahead. Rates other than 48 kHz pass one resampler per run (at 8 kHz another 5 ms); n frames become exactly ceil(n x 48000 / rate).
/// </remarks>
internal sealed unsafe class OpusChunkEncoder : IChunkEncoder
{
    /// <summary>
    /// Three packets of 20 ms at 48 kHz. libopusenc's default of 1 s would be lost with the process; shorter pages cost the disk more: each
    /// is a write of whole sectors.
    /// </summary>
    private const int PageSamples = 2880;

    private readonly EncoderSettings _settings;
    private readonly PcmFormat _input;
    private readonly OpusPageSink _sink;
    private SafeOpusEncoderHandle? _encoder;
    private float[] _floats = [];
    private long _pages; // of 60 ms, fetched or under way
    private long _pageEndFrame; // input frames with which the next of them is complete

    public OpusChunkEncoder(EncoderSettings settings, PcmFormat input, ChunkCompleted completed)
    {
        _settings = settings;
        _input = input;
        _sink = new OpusPageSink(input.SampleRateHz, completed);
    }

    public long FramesOut => _sink.FramesOut;

    public int FramesToNextOutput => (int)(_pageEndFrame - _sink.FramesIn);

    public void Begin(Stream output, IReadOnlyList<AudioTag> tags)
    {
        if (_encoder is not null) throw new InvalidOperationException("the run has begun already");
        using var comments = Comments(tags);
        var serial = NewSerial();
        _sink.BeginRun(output, serial);
        _pages = 0;
        NextPage();
        var encoder = OpusEnc.EncoderCreate(comments, _input.SampleRateHz, _input.Channels, family: 0, out var error);
        _encoder = encoder;
        Check(error, "ope_encoder_create_pull");
        Set(OpusEnc.RequestFrameDuration, OpusEnc.FrameDuration20Ms); // libopusenc 0.2.1 reads its own copy of it uninitialised
        Set(OpusEnc.RequestDecisionDelay, 0);
        Set(OpusEnc.RequestMuxingDelay, PageSamples);
        Set(OpusEnc.RequestCommentPadding, 0);
        Set(OpusEnc.RequestBitrate, _settings.BitrateBps);
        Set(OpusEnc.RequestComplexity, _settings.Complexity);
        Set(OpusEnc.RequestLsbDepth, _input.SampleFormat == SampleFormat.S16 ? 16 : 24);
        Set(OpusEnc.RequestSerialNumber, serial);
        Check(OpusEnc.FlushHeader(encoder), "ope_encoder_flush_header"); // a file explains itself before its first packet
        // libopusenc 0.2.1 never initialises where the first stream ends until something is written: a run of 0 frames would end the
        // process in one of its assertions.
        short nothing = 0;
        Check(OpusEnc.Write(encoder, &nothing, 0), "ope_encoder_write");
        FetchPages(flush: false);
    }

    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var encoder = Encoder();
        var frames = Math.DivRem(interleaved.Length, _input.BytesPerFrame, out var rest);
        if (rest != 0) throw new ArgumentException($"{interleaved.Length} bytes are not whole frames of {_input.BytesPerFrame} bytes", nameof(interleaved));
        _sink.ThrowIfFailed();
        while (frames > 0)
        {
            var take = Math.Min(frames, FramesToNextOutput);
            WriteSome(encoder, interleaved[..(take * _input.BytesPerFrame)], take);
            interleaved = interleaved[(take * _input.BytesPerFrame)..];
            frames -= take;
            var isPageComplete = FramesToNextOutput == 0;
            if (isPageComplete) NextPage();
            FetchPages(isPageComplete);
        }
    }

    private void WriteSome(SafeOpusEncoderHandle encoder, ReadOnlySpan<byte> interleaved, int frames)
    {
        _sink.FramesIn += frames;
        if (_input.SampleFormat == SampleFormat.S16)
        {
            fixed (byte* samples = interleaved) Check(OpusEnc.Write(encoder, (short*)samples, frames), "ope_encoder_write");
            return;
        }

        var count = frames * _input.Channels;
        if (_floats.Length < count) _floats = new float[count];
        SampleConversion.ToFloat(interleaved, _input.SampleFormat, _floats);
        fixed (float* samples = _floats) Check(OpusEnc.WriteFloat(encoder, samples, frames), "ope_encoder_write_float");
    }

    /// <summary>libopusenc encodes a packet when it has seen the sample behind it; its resampler is half its filter behind.</summary>
    private void NextPage() => _pageEndFrame = ((++_pages * PageSamples + 1) * _input.SampleRateHz + 47_999) / 48_000 + ResamplerFrames;

    /// <summary>Half of 80 taps (speexdsp, quality 5), which are counted at the lower of the two rates.</summary>
    private long ResamplerFrames => _input.SampleRateHz == 48_000 ? 0 : Math.Max(40, 40L * _input.SampleRateHz / 48_000) + 1;

    private void FetchPages(bool flush)
    {
        while (true)
        {
            var result = OpusEnc.GetPage(Encoder(), out var page, out var bytes, flush ? 1 : 0);
            if (result == 0) break;
            if (result < 0) OpusEnc.ThrowIfFailed(result, "ope_encoder_get_page");
            _sink.Write(new Span<byte>(page, bytes));
            flush = false;
        }

        _sink.ReportCompleted();
    }

    public void Cut(Stream next, IReadOnlyList<AudioTag> tags)
    {
        var encoder = Encoder();
        using var comments = Comments(tags);
        var serial = NewSerial();
        _sink.Cut(next, serial);
        Check(OpusEnc.Continue(encoder, comments), "ope_encoder_chain_current");
        Set(OpusEnc.RequestSerialNumber, serial);
    }

    public void End()
    {
        var encoder = Encoder();
        _sink.EndRun();
        Check(OpusEnc.Drain(encoder), "ope_encoder_drain");
        FetchPages(flush: true);
        Dispose();
    }

    public void Dispose()
    {
        if (_encoder is null) return;
        _sink.Abandon(); // what is open stays incomplete
        _encoder.Dispose();
        _encoder = null;
    }

    private SafeOpusEncoderHandle Encoder() => _encoder ?? throw new InvalidOperationException("no run has begun");

    private SafeOpusCommentsHandle Comments(IReadOnlyList<AudioTag> tags)
    {
        foreach (var tag in tags) ChunkEncoders.ThrowIfBadTag(tag);
        var comments = CodecLibrary.Require(OpusEnc.Lib, OpusEnc.Package, OpusEnc.CommentsCreate);
        foreach (var tag in tags) OpusEnc.ThrowIfFailed(OpusEnc.CommentsAdd(comments, tag.Name, tag.Value), "ope_comments_add");
        var options = string.Create(CultureInfo.InvariantCulture, $"--bitrate {_settings.BitrateBps / 1000.0} --comp {_settings.Complexity} --framesize 20");
        OpusEnc.ThrowIfFailed(OpusEnc.CommentsAdd(comments, "ENCODER_OPTIONS", options), "ope_comments_add");
        return comments;
    }

    private void Set(int request, int value) => Check(OpusEnc.Control(Encoder(), request, value), "ope_encoder_ctl");

    /// <summary>The library draws serial numbers from an unseeded rand(): every process would write the same ones.</summary>
    private static int NewSerial() => RandomNumberGenerator.GetInt32(int.MaxValue);

    private void Check(int result, string function)
    {
        _sink.ThrowIfFailed();
        OpusEnc.ThrowIfFailed(result, function);
    }
}
