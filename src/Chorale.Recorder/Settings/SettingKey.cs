namespace Chorale.Recorder.Settings;

/// <summary>One setting: its names, how it is read, and what the reference says about it.</summary>
public abstract class SettingKey(string name, string type, string allowed, string defaultText, string meaning, bool isSecret)
{
    /// <summary>Dotted path in the file: <c>recording.chunk_seconds</c>.</summary>
    public string Name { get; } = name;

    /// <summary><c>CHORALE_RECORDING_CHUNK_SECONDS</c>.</summary>
    public string EnvironmentName { get; } = "CHORALE_" + name.Replace('.', '_').ToUpperInvariant();

    public string Type { get; } = type;

    /// <summary>What is allowed, as the end of "must be ...".</summary>
    public string Allowed { get; } = allowed;

    /// <summary>Default as it would be written; empty = not set.</summary>
    public string DefaultText { get; } = defaultText;

    public string Meaning { get; } = meaning;

    /// <summary>Never printed, never logged.</summary>
    public bool IsSecret { get; } = isSecret;

    /// <summary>Null when <paramref name="text"/> is a value, else what is wrong with it.</summary>
    internal abstract string? Check(string text);

    /// <summary>What may be printed: nothing of a secret, and no password inside an address (<c>rtsp://user:password@camera/</c>).</summary>
    public string Mask(string text) => IsSecret && text.Length > 0 ? "***" : WithoutCredentials(text);

    private static string WithoutCredentials(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        if (start < 0) return text;
        start += 3;
        var slash = text.IndexOf('/', start);
        var at = text.LastIndexOf('@', slash < 0 ? text.Length - 1 : slash);
        return at > start ? text[..start] + "***" + text[at..] : text;
    }
}

/// <summary>Reads a value; on failure <paramref name="detail"/> may say more than the key's range does.</summary>
internal delegate bool ReadSetting<T>(string text, out T value, out string? detail);

/// <inheritdoc/>
public sealed class SettingKey<T> : SettingKey
{
    private readonly ReadSetting<T> _read;

    internal SettingKey(string name, string type, string allowed, string defaultText, string meaning, ReadSetting<T> read, bool isSecret = false)
        : base(name, type, allowed, defaultText, meaning, isSecret) => _read = read;

    internal override string? Check(string text) => _read(text, out _, out var detail) ? null : "must be " + Allowed + (detail is null ? "" : ": " + detail);

    /// <exception cref="FormatException">Only for text that was never checked.</exception>
    internal T Read(string text) => _read(text, out var value, out _) ? value : throw new FormatException($"{Name}: must be {Allowed}");
}
