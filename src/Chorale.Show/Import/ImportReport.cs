namespace Chorale.Show.Import;

public enum ImportVerdict
{
    Taken,

    /// <summary>It is there already, byte for byte.</summary>
    Same,

    /// <summary>Something else is there and stays; <c>--force</c> would replace it.</summary>
    Kept,

    /// <summary>Belongs into the hub's own settings, not into a room.</summary>
    ForHub,

    /// <summary>Known, and without a place here; the reason is told.</summary>
    NotNeeded,

    /// <summary>Not known, or not usable; the reason is told.</summary>
    NotUnderstood,
}

/// <param name="What">File or key of the old project: <c>scenes/room1/fire.json</c>, <c>[MQTT] port = 1883</c>.</param>
/// <param name="Note">Where it went, or why not; may be empty.</param>
public sealed record ImportLine(ImportVerdict Verdict, string What, string Note);

/// <summary>All that an import did and did not do.</summary>
public sealed class ImportReport
{
    private readonly List<ImportLine> _lines = [];

    public IReadOnlyList<ImportLine> Lines => _lines;

    public string Room { get; internal set; } = "";

    public string Folder { get; internal set; } = "";

    /// <summary>Nothing could be imported at all; the reason.</summary>
    public string? Failure { get; internal set; }

    internal void Add(ImportVerdict verdict, string what, string note = "") => _lines.Add(new ImportLine(verdict, what, note));
}
