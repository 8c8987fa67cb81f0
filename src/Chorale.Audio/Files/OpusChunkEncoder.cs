using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>
/// One libopusenc encoder per run writes any number of Ogg Opus files that join sample-exactly: the packets at a cut are in both files,
/// and pre-skip and end trim (RFC 7845 §4) say which of their samples each file owns.
/// </summary>
/// <remarks>
/// Holds back at most 66.5 ms: up to 20 ms of a packet being filled, a page of two packets (40 ms) that leaves when the third is
/// encoded, and 6.5 ms of the codec's look-ahead. Rates other than 48 kHz pass one
/// resampler per run; n frames become exactly ceil(n x 48000 / rate).
/// </remarks>
internal sealed unsafe class OpusChunkEncoder : IChunkEncoder
{
    /// <summary>Two packets of 20 ms at 48 kHz. libopusenc's default of 1 s would be lost with the process.</summary>
    private const int MuxingDelaySamples = 1920;

    private readonly EncoderSettings _settings;
    private readonly PcmFormat _input;
    private readonly OpusPageSink _sink;
    private SafeOpusEncoderHandle? _encoder;
    private GCHandle _user;
    private float[] _floats = [];

    public OpusChunkEncoder(EncoderSettings settings, PcmFormat input, ChunkCompleted completed)
    {
        _settings = settings;
        _input = input;
        _sink = new OpusPageSink(input.SampleRateHz, completed);
    }

    public long FramesOut => _sink.FramesOut;

    public void Begin(Stream output, IReadOnlyList<AudioTag> tags)
    {
        if (_encoder is not null) throw new InvalidOperationException("the run has begun already");
        using var comments = Comments(tags);
        _sink.BeginRun(output);
        _user = GCHandle.Alloc(_sink);
        var callbacks = new OpusEnc.Callbacks { Write = &WritePage, Close = &CloseStream };
        var encoder = OpusEnc.EncoderCreate(callbacks, GCHandle.ToIntPtr(_user), comments, _input.SampleRateHz, _input.Channels, family: 0, out var error);
        _encoder = encoder;
        Check(error, "ope_encoder_create_callbacks");
        Set(OpusEnc.RequestFrameDuration, OpusEnc.FrameDuration20Ms); // libopusenc 0.2.1 reads its own copy of it uninitialised
        Set(OpusEnc.RequestDecisionDelay, 0);
        Set(OpusEnc.RequestMuxingDelay, MuxingDelaySamples);
        Set(OpusEnc.RequestCommentPadding, 0);
        Set(OpusEnc.RequestBitrate, _settings.BitrateBps);
        Set(OpusEnc.RequestComplexity, _settings.Complexity);
        Set(OpusEnc.RequestLsbDepth, _input.SampleFormat == SampleFormat.S16 ? 16 : 24);
        SetSerialNumber();
        Check(OpusEnc.FlushHeader(encoder), "ope_encoder_flush_header"); // a file explains itself before its first packet
        // libopusenc 0.2.1 never initialises where the first stream ends until something is written: a run of 0 frames would end the
        // process in one of its assertions.
        short nothing = 0;
        Check(OpusEnc.Write(encoder, &nothing, 0), "ope_encoder_write");
    }

    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var encoder = Encoder();
        var frames = Math.DivRem(interleaved.Length, _input.BytesPerFrame, out var rest);
        if (rest != 0) throw new ArgumentException($"{interleaved.Length} bytes are not whole frames of {_input.BytesPerFrame} bytes", nameof(interleaved));
        if (frames == 0) return;
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

    public void Cut(Stream next, IReadOnlyList<AudioTag> tags)
    {
        var encoder = Encoder();
        using var comments = Comments(tags);
        _sink.Cut(next);
        Check(OpusEnc.Continue(encoder, GCHandle.ToIntPtr(_user), comments), "ope_encoder_continue_new_callbacks");
        SetSerialNumber();
    }

    public void End()
    {
        var encoder = Encoder();
        _sink.EndRun();
        Check(OpusEnc.Drain(encoder), "ope_encoder_drain");
        Dispose();
    }

    public void Dispose()
    {
        if (_encoder is null) return;
        _sink.Abandon(); // destroying calls the close callback of what is open; those files are not complete
        _encoder.Dispose();
        _encoder = null;
        if (_user.IsAllocated) _user.Free();
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
    private void SetSerialNumber() => Set(OpusEnc.RequestSerialNumber, RandomNumberGenerator.GetInt32(int.MaxValue));

    private void Check(int result, string function)
    {
        _sink.ThrowIfFailed();
        OpusEnc.ThrowIfFailed(result, function);
        _sink.ReportCompleted();
    }

    [UnmanagedCallersOnly]
    private static int WritePage(nint user, byte* page, int length)
        => ((OpusPageSink)GCHandle.FromIntPtr(user).Target!).Write(new ReadOnlySpan<byte>(page, length)) ? 0 : 1;

    [UnmanagedCallersOnly]
    private static int CloseStream(nint user)
    {
        ((OpusPageSink)GCHandle.FromIntPtr(user).Target!).Close();
        return 0;
    }
}
