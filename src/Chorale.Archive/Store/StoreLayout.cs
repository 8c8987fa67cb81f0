using System.Globalization;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;

namespace Chorale.Archive.Store;

/// <summary>
/// Where things lie in the archive folder:
/// <code>
/// archive.db                                                        the index
/// incoming/&lt;random&gt;.part                                            a body on its way in; never acknowledged
/// audio/&lt;point&gt;/&lt;register&gt;/YYYY-MM-DD/HH/chunk_YYYYMMDD_HHMMSS_&lt;chunk id&gt;.ogg   by start, in UTC
/// </code>
/// </summary>
public static class StoreLayout
{
    public const string Incoming = "incoming";
    public const string Audio = "audio";

    /// <summary>Path relative to the archive folder. Point and register must have passed <see cref="RecorderId.IsValid"/>.</summary>
    public static string RelativePath(string pointId, string registerId, long startUs, ChunkId id, AudioCodec codec)
    {
        if (!RecorderId.IsValid(pointId)) throw new ArgumentException("not safe in a path", nameof(pointId));
        if (!RecorderId.IsValid(registerId)) throw new ArgumentException("not safe in a path", nameof(registerId));
        var start = WallTime.FromMicroseconds(startUs);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Audio}/{pointId}/{registerId}/{start:yyyy-MM-dd}/{start:HH}/chunk_{start:yyyyMMdd}_{start:HHmmss}_{id}{Extension(codec)}");
    }

    public static string Extension(AudioCodec codec) => codec switch
    {
        AudioCodec.Opus => ".ogg",
        AudioCodec.Flac => ".flac",
        _ => ".wav",
    };
}
