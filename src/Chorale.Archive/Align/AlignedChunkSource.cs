using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Align;

/// <summary>
/// The chunks of a recorder on the common time line. Of lines that overlap the one that starts earlier is heard to its end. A file that
/// cannot be read, or holds less than its row says, is silence of its length: what follows stays on its time.
/// </summary>
internal sealed class AlignedChunkSource(
    IReadOnlyList<ChunkLine> lines, int channels, long fromUs, int rateHz, long fromFrame, Func<RangeChunk, string> pathOf, ILogger log) : IAlignedSource
{
    private readonly double _framesPerUs = rateHz / 1e6;
    private long _next = fromFrame;
    private int _line;
    private LineReader? _reader;

    public int Channels => channels;

    public void Read(Span<float> interleaved)
    {
        while (interleaved.Length > 0)
        {
            var frames = interleaved.Length / channels;
            if (_line == lines.Count)
            {
                interleaved.Clear();
                _next += frames;
                return;
            }

            var line = lines[_line];
            // The first frame at or after an instant is the first one of it: what ends there and what begins there meet.
            var begin = FrameAt(line, 0);
            var end = FrameAt(line, line.LengthUs);
            if (_next >= end)
            {
                _reader?.Dispose();
                _reader = null;
                _line++;
            }
            else if (_next < begin)
            {
                Give(ref interleaved, (int)Math.Min(frames, begin - _next)).Clear();
            }
            else
            {
                _reader ??= new LineReader(line, channels, rateHz, InLine(line, _next), pathOf, log);
                var (from, perUs, untilUs) = line.At(InLine(line, _next));
                var until = double.IsPositiveInfinity(untilUs) ? end : Math.Min(end, Math.Max(_next + 1, FrameAt(line, untilUs)));
                var (first, count) = (_next, (int)Math.Min(frames, until - _next));
                _reader.Read(Give(ref interleaved, count), from.Frame + (fromUs - line.StartUs - from.Us) * perUs, perUs / _framesPerUs, first);
            }
        }
    }

    public void Dispose() => _reader?.Dispose();

    private long FrameAt(ChunkLine line, double us) => (long)Math.Ceiling((line.StartUs - fromUs + us) * _framesPerUs - 1e-6);

    private double InLine(ChunkLine line, long frame) => fromUs - line.StartUs + frame / _framesPerUs;

    private Span<float> Give(ref Span<float> rest, int frames)
    {
        var given = rest[..(frames * channels)];
        rest = rest[(frames * channels)..];
        _next += frames;
        return given;
    }

    /// <summary>Decodes the files of a line one after the other, from the first that is needed.</summary>
    private sealed class LineReader : IDisposable
    {
        private readonly ChunkLine _line;
        private readonly Func<RangeChunk, string> _pathOf;
        private readonly ILogger _log;
        private readonly int _channels;
        private readonly DriftResampler _resampler;
        private readonly long _skipped;
        private AudioFileReader? _file;
        private float[] _raw = [];
        private int _chunk;
        private long _left;

        public LineReader(ChunkLine line, int channels, int rateHz, double atUs, Func<RangeChunk, string> pathOf, ILogger log)
        {
            (_line, _channels, _pathOf, _log) = (line, channels, pathOf, log);
            var step = (double)line.RateHz / rateHz;
            var (from, perUs, _) = line.At(atUs);
            var needed = (long)(from.Frame + (atUs - from.Us) * perUs) - DriftResampler.Reach(step);
            while (_chunk < line.Chunks.Count - 1 && _skipped + Length(_chunk) <= needed) _skipped += Length(_chunk++);
            var inside = Math.Clamp(needed - _skipped, 0, Length(_chunk));
            _skipped += inside;
            _left = Length(_chunk) - inside;
            Open(inside);
            _resampler = new DriftResampler(Fill, channels, 0, step);
        }

        public void Read(Span<float> interleaved, double origin, double step, long first) => _resampler.ReadAt(interleaved, origin - _skipped, step, first);

        public void Dispose() => _file?.Dispose();

        private long Length(int chunk) => _line.Chunks[chunk].Decoded(_line.Chunks[chunk].Frames);

        private int Fill(float[] block)
        {
            while (_left == 0)
            {
                _file?.Dispose();
                _file = null;
                if (++_chunk >= _line.Chunks.Count) return 0;
                _left = Length(_chunk);
                Open(0);
            }

            var wanted = (int)Math.Min(_left, block.Length / _channels);
            var read = ReadFile(block, wanted);
            if (read == 0)
            {
                if (_file is not null) Range.Log.RangeShort(_log, _line.Chunks[_chunk].ChunkId, _left);
                _file?.Dispose();
                _file = null;
                block.AsSpan(0, wanted * _channels).Clear();
                read = wanted;
            }

            _left -= read;
            return read;
        }

        private int ReadFile(float[] block, int frames)
        {
            if (_file is null) return 0;
            var own = _file.Format.Channels;
            if (_raw.Length < frames * own) _raw = new float[frames * own];
            int read;
            try
            {
                read = _file.Read(_raw.AsSpan(0, frames * own));
            }
            catch (Exception e) when (e is AudioFileException or IOException)
            {
                Range.Log.RangeUnreadable(_log, _line.Chunks[_chunk].ChunkId, e.Message);
                return 0;
            }

            for (var frame = 0; frame < read; frame++)
            {
                // Mono goes to every channel; of more, each keeps its place and the rest is silent.
                for (var channel = 0; channel < _channels; channel++)
                    block[frame * _channels + channel] = own == 1 ? _raw[frame] : channel < own ? _raw[frame * own + channel] : 0;
            }

            return read;
        }

        private void Open(long frame)
        {
            var chunk = _line.Chunks[_chunk];
            try
            {
                _file = AudioFileReader.Open(_pathOf(chunk));
                if (_file.Format.SampleRateHz != chunk.DecodedRateHz)
                    throw new AudioFileException($"decodes at {_file.Format.SampleRateHz} Hz, its row says {chunk.DecodedRateHz}");
                if (frame > 0) _file.Seek(Math.Min(frame, _file.Frames));
            }
            catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException)
            {
                _file?.Dispose();
                _file = null;
                Range.Log.RangeUnreadable(_log, chunk.ChunkId, e.Message);
            }
        }
    }
}
