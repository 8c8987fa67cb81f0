namespace Chorale.Protocol.Chunks;

/// <summary>Name of a recorder on every wire: 1 to 64 of <c>A-Z a-z 0-9 _ -</c>.</summary>
public readonly record struct RecorderId(string Value)
{
    public override string ToString() => Value;

    /// <summary>True for 1 to 64 characters of <c>[A-Za-z0-9_-]</c>: safe in a topic, a path and a URL.</summary>
    public static bool IsValid(string? text) =>
        text is { Length: >= 1 and <= 64 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}

/// <summary>Identity of a run of capture.</summary>
public readonly record struct RunId(Guid Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>Identity of one chunk in the spool and, after upload, in the archive.</summary>
public readonly record struct ChunkId(Guid Value)
{
    public override string ToString() => Value.ToString();
}
