using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Chorale.Audio.Files;

namespace Chorale.Recorder.Spool;

/// <summary>Names of files in a spool, and identities that can be had from a file alone.</summary>
internal static class SpoolNames
{
    public const string PartSuffix = ".part";

    /// <summary>A file of zeros made ahead of its chunk; a part like any other to recovery.</summary>
    public const string SparePrefix = "spare_";

    /// <summary>A file on its way out of a foreign queue; its suffix is none, so that recovery does not take it for a chunk.</summary>
    public static string ImportPart(Guid chunkId) => "import_" + chunkId.ToString("N");

    private const string TimeForm = "yyyyMMdd_HHmmss";

    public static string Suffix(AudioCodec codec) => codec switch
    {
        AudioCodec.Opus => ".ogg",
        AudioCodec.Flac => ".flac",
        _ => ".wav",
    };

    /// <summary><c>chunk_YYYYMMDD_HHMMSS</c> in UTC, <c>_n</c> appended for n > 0, and the suffix.</summary>
    public static string Chunk(DateTimeOffset startAt, AudioCodec codec, int clash)
    {
        var stem = "chunk_" + startAt.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);
        return (clash == 0 ? stem : string.Create(CultureInfo.InvariantCulture, $"{stem}_{clash}")) + Suffix(codec);
    }

    /// <summary>The time a name claims, without a zone; false for <c>chunk_20240230_250000.ogg</c> and other names.</summary>
    public static bool TryParse(string name, out DateTime time)
    {
        time = default;
        return name.StartsWith("chunk_", StringComparison.Ordinal) && name.Length >= 21
            && (name.Length == 21 || name[21] is '.' or '_')
            && DateTime.TryParseExact(name.AsSpan(6, 15), TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    /// <summary>True for what a spool may hold: finished audio or a part of it. Anything else in the folder is not ours to judge.</summary>
    public static bool IsAudio(string name)
    {
        if (IsPart(name)) name = name[..^PartSuffix.Length];
        return Path.GetExtension(name).ToUpperInvariant() is ".OGG" or ".OPUS" or ".FLAC" or ".WAV";
    }

    public static bool IsPart(string name) => name.EndsWith(PartSuffix, StringComparison.Ordinal);

    /// <summary>Identity of a chunk of ours whose row is gone: the same from the same run and number, whenever it is asked.</summary>
    public static Guid IdOf(Guid run, int number) => Derive(string.Create(CultureInfo.InvariantCulture, $"chorale/chunk/{run}/{number}"));

    /// <summary>A UUID (version 8, RFC 9562) out of a text.</summary>
    public static Guid Derive(string text)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>ISO 8601 with offset as Mycelia's recorder writes it: <c>2026-01-05T10:00:00.000123+00:00</c>.</summary>
    public static string IsoText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="IsoText"/> or a foreign recorder wrote; a time without a zone is taken as UTC.</summary>
    public static bool TryParseIso(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
