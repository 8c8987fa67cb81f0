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
/// live/&lt;recorder&gt;/&lt;run&gt;_&lt;number&gt;.ogg                              pages of a chunk that has not come yet
/// audio/&lt;point&gt;/&lt;register&gt;/YYYY-MM-DD/HH/chunk_YYYYMMDD_HHMMSS_&lt;chunk id&gt;.ogg   by start, in UTC
///                                                ..._&lt;chunk id&gt;.live.ogg   a live copy in the place of a chunk that never came
/// </code>
/// </summary>
public static class StoreLayout
{
    public const string Incoming = "incoming";
    public const string Audio = "audio";
    public const string LiveMark = ".live";

    /// <summary>Path relative to the archive folder. Point and register must have passed <see cref="RecorderId.IsValid"/>.</summary>
    public static string RelativePath(string pointId, string registerId, long startUs, ChunkId id, AudioCodec codec, bool isLiveCopy = false)
    {
        if (!RecorderId.IsValid(pointId)) throw new ArgumentException("not safe in a path", nameof(pointId));
        if (!RecorderId.IsValid(registerId)) throw new ArgumentException("not safe in a path", nameof(registerId));
        var start = WallTime.FromMicroseconds(startUs);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Audio}/{pointId}/{registerId}/{start:yyyy-MM-dd}/{start:HH}/chunk_{start:yyyyMMdd}_{start:HHmmss}_{id}{(isLiveCopy ? LiveMark : "")}{Extension(codec)}");
    }

    /// <summary>True for a file that gives way to the chunk it stands for. The name says it, so that a rebuilt index knows.</summary>
    public static bool IsLiveCopy(string path) => Path.GetFileNameWithoutExtension(path).EndsWith(LiveMark, StringComparison.Ordinal);

    public static string Extension(AudioCodec codec) => codec switch
    {
        AudioCodec.Opus => ".ogg",
        AudioCodec.Flac => ".flac",
        _ => ".wav",
    };
}
