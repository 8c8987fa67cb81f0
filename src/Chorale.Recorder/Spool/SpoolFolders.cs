namespace Chorale.Recorder.Spool;

/// <summary>Where the files of a spool lie.</summary>
internal sealed record SpoolFolders(string Outbox, string Uploaded, string Quarantine)
{
    public static SpoolFolders Of(SpoolOptions options) => new(
        options.OutboxFolder ?? Path.Combine(options.Folder, "outbox"),
        Path.Combine(options.Folder, "uploaded"),
        Path.Combine(options.Folder, "quarantine"));

    public string Of(ChunkState state) => state switch
    {
        ChunkState.Ready => Outbox,
        ChunkState.Uploaded => Uploaded,
        _ => Quarantine,
    };

    public void Create()
    {
        Directory.CreateDirectory(Outbox);
        Directory.CreateDirectory(Uploaded);
        Directory.CreateDirectory(Quarantine);
    }

    /// <summary>True when no folder has the name, nor its part.</summary>
    public bool IsFree(string name) =>
        !File.Exists(Path.Combine(Outbox, name)) && !File.Exists(Path.Combine(Outbox, name + SpoolNames.PartSuffix))
        && !File.Exists(Path.Combine(Uploaded, name)) && !File.Exists(Path.Combine(Quarantine, name));
}
