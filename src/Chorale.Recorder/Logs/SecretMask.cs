namespace Chorale.Recorder.Logs;

/// <summary>Replaces registered secrets in everything that is logged. Thread-safe; secrets can be added while lines are written.</summary>
public sealed class SecretMask
{
    /// <summary>A shorter secret would also blot out ordinary words and numbers of every line.</summary>
    private const int SecretCharsMin = 4;

    // Replaced as a whole, so that readers need no lock.
    private volatile string[] _secrets = [];
    private readonly Lock _gate = new();

    /// <summary>Masks <paramref name="secret"/> and its form in URLs from now on; null and very short ones are not taken.</summary>
    public void Add(string? secret)
    {
        if (secret is null || secret.Length < SecretCharsMin) return;
        lock (_gate)
        {
            // The longest first: a secret that contains another must not be masked in part.
            _secrets = [.. _secrets.Append(secret).Append(Uri.EscapeDataString(secret)).Distinct().OrderByDescending(s => s.Length)];
        }
    }

    public string Apply(string text)
    {
        foreach (var secret in _secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }
}
