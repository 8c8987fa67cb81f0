namespace Chorale.Archive.Align;

/// <summary>The sound of one recorder on the common time line, frame after frame from one instant on. Used by one thread.</summary>
public interface IAlignedSource : IDisposable
{
    int Channels { get; }

    /// <summary>Fills <paramref name="interleaved"/> with the next whole frames; silence where there is no audio.</summary>
    void Read(Span<float> interleaved);
}

/// <summary>Opens a track at frame <paramref name="fromFrame"/> of the stretch.</summary>
public delegate IAlignedSource OpenTrack(long fromFrame);

/// <summary>One track of a stretch.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Channels">Of its audio.</param>
/// <param name="Open">Opens it; a track may be opened several times at once.</param>
public sealed record StretchTrack(string Name, int Channels, OpenTrack Open);
