using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// <c>file:PATH</c> - a sound file as a microphone: at the pace of the world, over and over without a gap; with <c>?fast</c> once, as fast
/// as the rest can take it. The file's own rate; one channel can be spread over several, several mixed into one.
/// </summary>
internal sealed class FileSource : ICaptureSource
{
    private readonly AudioFileReader _file;
    private readonly Pace? _pace;
    private readonly float[] _frames;
    private readonly bool _isFast;

    private FileSource(AudioFileReader file, string path, PcmFormat format, int periodFrames, bool isFast, TimeProvider time)
    {
        (_file, Format, PeriodFrames, _isFast) = (file, format, periodFrames, isFast);
        _frames = new float[periodFrames * file.Format.Channels];
        _pace = isFast ? null : new Pace(format.SampleRateHz, time);
        Description = $"file:{path}{(isFast ? "?fast" : "")}";
    }

    public PcmFormat Format { get; }

    public int PeriodFrames { get; }

    public string Description { get; }

    public bool IsPaced => !_isFast;

    public static ICaptureSource Open(string path, bool isFast, CaptureRequest request, TimeSpan period, TimeProvider time)
    {
        if (!File.Exists(path)) throw new CaptureException($"file:{path} is not there", isTransient: true);
        AudioFileReader file;
        try
        {
            file = AudioFileReader.Open(path);
        }
        catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException)
        {
            throw new CaptureException($"file:{path}: {e.Message}", isTransient: false, e);
        }

        var own = file.Format;
        var wanted = new PcmFormat(
            request.SampleRateHz == 0 ? own.SampleRateHz : request.SampleRateHz, request.Channels == 0 ? own.Channels : request.Channels, request.SampleFormat ?? SampleFormat.S16);
        var canMap = wanted.Channels == own.Channels || wanted.Channels == 1 || own.Channels == 1;
        if (file.Frames > 0 && wanted.SampleRateHz == own.SampleRateHz && canMap)
            return new FileSource(file, path, wanted, (int)wanted.FramesIn(period), isFast, time);
        var frames = file.Frames;
        file.Dispose();
        if (frames == 0) throw new CaptureException($"file:{path} has no audio in it", isTransient: false);
        if (!isFast) return FfmpegSource.OpenFile(path, wanted, (int)wanted.FramesIn(period));
        throw new CaptureException($"file:{path}?fast cannot give {wanted}; it can give {own.SampleRateHz} Hz, {own.Channels} or 1 ch, any format", isTransient: false);
    }

    public CaptureRead Read(Span<byte> destination)
    {
        if (_pace is { } pace && !pace.TryWaitFor(PeriodFrames, TimeSpan.FromMilliseconds(200))) return new CaptureRead(CaptureReadKind.Frames, 0);
        var got = 0;
        while (got < PeriodFrames)
        {
            var read = _file.Read(_frames.AsSpan(got * _file.Format.Channels));
            got += read;
            if (read > 0) continue;
            if (_isFast) break;
            _file.Seek(0);
        }

        if (got == 0) return new CaptureRead(CaptureReadKind.Ended, 0, 0, $"{Description} has been read to its end");
        var from = _file.Format.Channels;
        for (var i = 0; i < got; i++)
        {
            var mono = from > 1 && Format.Channels == 1 ? Mean(_frames.AsSpan(i * from, from)) : 0;
            for (var channel = 0; channel < Format.Channels; channel++)
                Store(destination, i * Format.Channels + channel, from == Format.Channels ? _frames[i * from + channel] : from == 1 ? _frames[i] : mono);
        }

        return new CaptureRead(CaptureReadKind.Frames, got);
    }

    public void Dispose()
    {
        _file.Dispose();
        _pace?.Dispose();
    }

    private static float Mean(ReadOnlySpan<float> frame)
    {
        var sum = 0f;
        foreach (var sample in frame) sum += sample;
        return sum / frame.Length;
    }

    /// <summary>The same scale as the reader's, so that a file of 16 bit comes out as it went in.</summary>
    private void Store(Span<byte> destination, int index, float value)
    {
        switch (Format.SampleFormat)
        {
            case SampleFormat.S16: MemoryMarshal.Cast<byte, short>(destination)[index] = (short)Math.Clamp(MathF.Round(value * 32768f), -32768, 32767); break;
            case SampleFormat.S24: MemoryMarshal.Cast<byte, int>(destination)[index] = (int)Math.Clamp(Math.Round(value * 8388608.0), -8388608, 8388607) << 8; break;
            case SampleFormat.S32: MemoryMarshal.Cast<byte, int>(destination)[index] = (int)Math.Clamp(Math.Round(value * 2147483648.0), int.MinValue, int.MaxValue); break;
            default: MemoryMarshal.Cast<byte, float>(destination)[index] = value; break;
        }
    }
}
