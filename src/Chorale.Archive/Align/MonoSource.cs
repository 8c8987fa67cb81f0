namespace Chorale.Archive.Align;

/// <summary>The mean of all channels of a track.</summary>
public sealed class MonoSource : IAlignedSource
{
    private readonly IAlignedSource _inner;
    private float[] _block = [];

    private MonoSource(IAlignedSource inner) => _inner = inner;

    public int Channels => 1;

    public static StretchTrack Of(StretchTrack track) => new(track.Name, 1, at => new MonoSource(track.Open(at)));

    public void Read(Span<float> interleaved)
    {
        var channels = _inner.Channels;
        if (_block.Length < interleaved.Length * channels) _block = new float[interleaved.Length * channels];
        _inner.Read(_block.AsSpan(0, interleaved.Length * channels));
        for (var i = 0; i < interleaved.Length; i++)
        {
            float sum = 0;
            for (var channel = 0; channel < channels; channel++) sum += _block[i * channels + channel];
            interleaved[i] = sum / channels;
        }
    }

    public void Dispose() => _inner.Dispose();
}
