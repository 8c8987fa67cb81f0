using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Archive.Copies;

/// <summary>Which chunk a copy stands for.</summary>
/// <param name="RecorderId">Its name in the archive: safe in a path.</param>
public readonly record struct CopyPlace(string RecorderId, Guid Run, int Number);

/// <summary>A held copy as it stands now.</summary>
/// <param name="FromUs">Start of its audio by the recorder's clock.</param>
/// <param name="ToUs">End of what is known to be on the disk.</param>
/// <param name="HeardUs">When its last page came, by our clock.</param>
/// <param name="Of">Codec of the file it stands for; null: the very pages of that file.</param>
public sealed record HeldCopyView(CopyPlace Place, long FromUs, long ToUs, long HeardUs, long Bytes, string? Of);

/// <summary>
/// The pages of one chunk, appended as they come: <c>live/&lt;recorder&gt;/&lt;run&gt;_&lt;number&gt;.ogg</c>. An Ogg file at any instant; what a power cut tears
/// off is found by its CRC when it is opened again.
/// </summary>
/// <remarks>
/// Any thread. Writing is to the page cache, and waits with it for a disk that is behind; <see cref="Sync"/> blocks for the disk and is called by threads made for
/// that. How it stands is told without waiting for either.
/// </remarks>
public sealed class HeldCopy : IDisposable
{
    private readonly Lock _writing = new(); // held for the disk; before _gate
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _file;
    private readonly double _rate; // samples of the 48 kHz line per microsecond
    private readonly int _preSkip;
    private uint? _serial;
    private long _bytes, _lastSequence, _writtenUs, _syncedUs, _heardUs;
    private bool _isDirty, _isClosed;

    private HeldCopy(CopyPlace place, string path, SafeFileHandle file, OpusStart start, ChunkTags tags)
    {
        (Place, Path, _file, Tags) = (place, path, file, tags);
        _preSkip = start.PreSkip;
        _rate = 0.048 * (1 + (tags.RatePpm ?? 0) / 1e6);
        Of = start.Tags.FirstOrDefault(t => t.Name.Equals(LiveWire.OfTag, StringComparison.OrdinalIgnoreCase)).Value;
        (_writtenUs, _syncedUs) = (tags.StartUs, tags.StartUs);
    }

    public CopyPlace Place { get; }

    public string Path { get; }

    public ChunkTags Tags { get; }

    public string? Of { get; }

    /// <summary>What the disk said when it refused a page; it is given no more.</summary>
    public string? Failure { get; private set; }

    public bool IsDirty
    {
        get
        {
            lock (_gate) return _isDirty;
        }
    }

    /// <summary>End of what is on the disk, by the recorder's clock.</summary>
    public long SyncedUs
    {
        get
        {
            lock (_gate) return _syncedUs;
        }
    }

    public HeldCopyView View
    {
        get
        {
            lock (_gate) return new HeldCopyView(Place, Tags.StartUs, _syncedUs, _heardUs, _bytes, Of);
        }
    }

    /// <summary>A new file that begins with these pages.</summary>
    internal static HeldCopy Create(CopyPlace place, string path, OpusStart start, ChunkTags tags)
    {
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        return new HeldCopy(place, path, file, start, tags) { _lastSequence = -1 };
    }

    /// <summary>A file of an earlier life, cut behind its last whole page; null when nothing can be heard in it.</summary>
    internal static HeldCopy? Reopen(string recorderId, string path, long heardUs)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            if (Walk(recorderId, path, file) is not { } copy)
            {
                file.Dispose();
                return null;
            }

            if (RandomAccess.GetLength(file) > copy._bytes) RandomAccess.SetLength(file, copy._bytes);
            (copy._heardUs, copy._isDirty) = (heardUs, true);
            return copy;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends a page; one that is there already, or that is older, is ignored.</summary>
    /// <param name="nowUs">When it came.</param>
    public void Append(OggPage page, long nowUs)
    {
        lock (_writing)
        {
            if (_isClosed || Failure is not null || page.Sequence <= _lastSequence) return;
            if (_serial is { } serial && page.Serial != serial) return; // an encoder that began anew in mid-chunk: two streams are not one copy
            try
            {
                RandomAccess.Write(_file, page.Bytes, _bytes);
            }
            catch (IOException e)
            {
                lock (_gate) Failure = e.Message;
                return;
            }

            lock (_gate)
            {
                Count(page);
                (_isDirty, _heardUs) = (true, nowUs);
            }
        }
    }

    /// <summary>On return what had been appended before is on the disk. Blocks.</summary>
    /// <exception cref="IOException">The disk failed; the copy is not believed any more.</exception>
    internal void Sync()
    {
        long writtenUs;
        lock (_gate)
        {
            if (_isClosed) return;
            (_isDirty, writtenUs) = (false, _writtenUs);
        }

        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        catch (ObjectDisposedException)
        {
            return; // its chunk has arrived meanwhile
        }
        catch (IOException e)
        {
            lock (_gate) Failure = e.Message;
            throw;
        }

        lock (_gate) _syncedUs = Math.Max(_syncedUs, writtenUs);
    }

    public void Dispose()
    {
        lock (_writing)
        {
            lock (_gate) _isClosed = true;
            _file.Dispose();
        }
    }

    private static HeldCopy? Walk(string recorderId, string path, SafeFileHandle file)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var pages = new OggPages(stream);
        if (!pages.MoveNext() || pages.Offset != 0) return null;
        var head = pages.Current.Bytes.ToArray();
        if (!pages.MoveNext() || pages.SkippedBytes > 0 || !OpusStart.TryRead(head, pages.Current.Bytes, out var start)) return null;
        if (!ChunkTags.TryParse(start.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags)) return null;
        var copy = new HeldCopy(new CopyPlace(recorderId, tags!.Run, tags.Number), path, file, start, tags);
        copy._bytes = head.Length;
        copy.Count(pages.Current);
        var hasAudio = false;
        while (pages.MoveNext() && pages.SkippedBytes == 0)
        {
            hasAudio |= pages.Current.GranulePosition > 0;
            copy.Count(pages.Current);
        }

        return hasAudio ? copy : null;
    }

    private void Count(OggPage page)
    {
        _bytes += page.Bytes.Length;
        _lastSequence = page.Sequence;
        _serial = page.Serial;
        if (page.GranulePosition > _preSkip) _writtenUs = Tags.StartUs + (long)((page.GranulePosition - _preSkip) / _rate);
    }
}
