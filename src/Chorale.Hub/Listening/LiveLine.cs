using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Chorale.Archive.Copies;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;

namespace Chorale.Hub.Listening;

/// <summary>A recorder's live line as the API shows it.</summary>
internal sealed record LiveLineState(string State, string? Why, long? LagMs, bool IsCopy, int Listeners, long DroppedPages, long BadPages);

/// <summary>
/// One recorder's live line: the chunk that is open, who listens, and what is decoded for them, once for all. Pages come from one connection at a
/// time; listeners come and go on any thread. One lock, held for decoding one page at most (about 0.1 ms), never for the disk.
/// </summary>
internal sealed class LiveLine(string recorder, TimeProvider time)
{
    /// <summary>Two notes and some.</summary>
    private static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(1.5);

    private readonly Lock _gate = new();
    private readonly Dictionary<LiveQuality, OpusLineDecoder> _decoders = [];
    private ImmutableList<LiveListener> _listeners = [];
    private object? _connection;
    private bool _isCopy;
    private bool _hasPages; // of this connection
    private byte[]? _head; // of a stream whose tags have not come yet
    private OpenStream? _open;
    private Guid? _run; // of the chunk before, whatever connection it came by
    private HeldCopy? _copy;
    private LiveNote? _note;
    private long _noteStamp;
    private string? _refusal, _barred;
    private long? _endUs; // of what came last, by the recorder's clock
    private long _pageStamp;
    private long _badPages;

    public string Recorder { get; } = recorder;

    /// <summary>Its name in the archive; null before it came for the first time.</summary>
    public string? DeviceId { get; private set; }

    /// <summary>How far the recorder's clock is ahead of ours, as far as the fleet has measured it.</summary>
    public Func<double?> ClockOffsetUs { get; init; } = static () => null;

    public int Listeners => Volatile.Read(ref _listeners).Count;

    /// <summary>Why it will not be heard; null when it may.</summary>
    public string? Refusal
    {
        get => Volatile.Read(ref _refusal);
        set => Volatile.Write(ref _refusal, value);
    }

    /// <summary>Why the hub itself does not let it in; until a connection comes that may.</summary>
    public string? Barred
    {
        get => Volatile.Read(ref _barred);
        set => Volatile.Write(ref _barred, value);
    }

    /// <summary>A connection begins, and takes the place of an older one.</summary>
    public void Connect(object connection, string deviceId, bool isCopy)
    {
        lock (_gate)
        {
            (_connection, _isCopy, DeviceId, _refusal, _barred) = (connection, isCopy, deviceId, null, null);
            (_head, _open, _copy, _note, _hasPages) = (null, null, null, null, false);
            _pageStamp = _noteStamp = time.GetTimestamp();
        }
    }

    /// <summary>True while a connection stands.</summary>
    public bool IsThere => Volatile.Read(ref _connection) is not null;

    public bool IsConnected(object connection) => ReferenceEquals(Volatile.Read(ref _connection), connection);

    public void Disconnect(object connection)
    {
        lock (_gate)
        {
            if (!IsConnected(connection)) return;
            (_connection, _head, _open, _copy) = (null, null, null, null);
        }
    }

    /// <summary>One page of the connection.</summary>
    /// <returns>Why it cannot be used; null when it can.</returns>
    public string? Take(OggPage page, CopyFolder copies)
    {
        if (page.Serial == LiveWire.NoteSerial && LiveNote.Read(page.Body) is { } note)
        {
            lock (_gate) (_note, _noteStamp) = (note, time.GetTimestamp());
            return null;
        }

        (OpenStream Stream, string DeviceId)? begun = null;
        HeldCopy? copy;
        lock (_gate)
        {
            if (OpusStart.IsHead(page))
            {
                _head = page.Bytes.ToArray();
                return null;
            }

            if (_head is { } head)
            {
                if (Begin(head, page) is { } problem) return problem;
                if (_isCopy) begun = (_open!, DeviceId!);
            }
            else if (_open is not { } open || open.Serial != page.Serial || page.Sequence <= open.Sequence)
            {
                _badPages++; // of a stream whose beginning we do not have, or again
                return null;
            }
            else
            {
                var isMissing = page.Sequence != open.Sequence + 1;
                open.Sequence = page.Sequence;
                if (page.GranulePosition > 0) _endUs = open.At(open.First48k + page.GranulePosition - open.Start.PreSkip);
                (_pageStamp, _hasPages) = (time.GetTimestamp(), true);
                Hear(page, isMissing);
            }

            copy = _copy;
        }

        // A disk that takes seconds holds up this connection alone: who listens has the page already, and who asks how it stands is answered.
        if (begun is { } chunk) Hold(chunk.Stream, chunk.DeviceId, copies);
        else copy?.Append(page, NowUs);
        return null;
    }

    public void CountBad(long pages) => Interlocked.Add(ref _badPages, pages);

    public void Add(LiveListener listener)
    {
        lock (_gate)
        {
            _listeners = _listeners.Add(listener);
            if (_open is not { } open) return;
            if (listener.Quality == LiveQuality.Ogg) Give(listener, open);
            else Decoder(listener.Quality, open);
        }
    }

    /// <summary>Everybody who listens, who does so no longer.</summary>
    public IReadOnlyList<LiveListener> TakeAll()
    {
        lock (_gate)
        {
            var all = _listeners;
            _listeners = [];
            return all;
        }
    }

    public void Remove(LiveListener listener)
    {
        lock (_gate)
        {
            _listeners = _listeners.Remove(listener);
            if (_listeners.Any(l => l.Quality == listener.Quality)) return;
            if (_decoders.Remove(listener.Quality, out var decoder)) decoder.Dispose();
        }
    }

    /// <summary>No more will come, for anybody.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            foreach (var listener in _listeners) listener.Complete();
        }
    }

    public LiveNews News()
    {
        var state = State();
        return new LiveNews(state.State, state.Why, state.LagMs);
    }

    public LiveLineState State()
    {
        lock (_gate)
        {
            var isFresh = _connection is not null && _hasPages && time.GetElapsedTime(_pageStamp) < QuietAfter;
            var state = isFresh ? "live" : _connection is not null ? _note?.Quiet is null && !_hasPages ? "waiting" : "quiet"
                : (_barred ?? _refusal) is not null ? "refused" : _endUs is null ? "waiting" : "gone";
            var why = isFresh ? null : _connection is not null ? _note?.Quiet : _barred ?? _refusal;
            var end = _isCopy && _copy is { } copy ? copy.SyncedUs : _endUs;
            long? lag = end is { } us ? (NowUs - us + (long)(ClockOffsetUs() ?? 0)) / 1000 : null;
            return new LiveLineState(state, why, lag, _isCopy && _connection is not null, _listeners.Count, _note?.DroppedPages ?? 0, Interlocked.Read(ref _badPages));
        }
    }

    private long NowUs => WallTime.ToMicroseconds(time.GetUtcNow());

    private string? Begin(byte[] head, OggPage tagsPage)
    {
        _head = null;
        if (!OpusStart.TryRead(head, tagsPage.Bytes, out var start)) return "a stream begins without an OpusTags page behind its OpusHead page";
        if (start.Channels > 2) return $"{start.Channels} channels: 1 and 2 are allowed";
        if (!ChunkTags.TryParse(start.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags)) return "a stream does not say in its tags what it is";
        if (tags!.Recorder != Recorder) return $"a stream says that it is of recorder \"{tags.Recorder}\"";
        var isJoined = _run == tags.Run;
        _run = tags.Run;
        var open = new OpenStream(tagsPage.Serial, tagsPage.Sequence, start, tags, head, tagsPage.Bytes.ToArray());
        (_open, _copy) = (open, null);
        foreach (var quality in _listeners.Select(l => l.Quality).Where(q => q != LiveQuality.Ogg).Distinct())
        {
            if (_decoders.TryGetValue(quality, out var decoder) && decoder.Channels == ChannelsOf(quality, open)) decoder.Begin(open.First48k, start.PreSkip, isJoined);
            else Decoder(quality, open);
        }

        foreach (var listener in _listeners.Where(l => l.Quality == LiveQuality.Ogg)) Give(listener, open);
        return null;
    }

    /// <summary>The copy of the chunk that began, where there shall be one.</summary>
    private void Hold(OpenStream open, string deviceId, CopyFolder copies)
    {
        if (open.Start.Tags.FirstOrDefault(t => t.Name == LiveWire.OfTag).Value == LiveWire.NoFile) return;
        if (copies.Begin(new CopyPlace(deviceId, open.Tags.Run, open.Tags.Number), open.Start, open.Tags) is not { } copy) return;
        foreach (var bytes in (byte[][])[open.HeadPage, open.TagsPage])
        {
            OggPage.TryRead(bytes, out var page);
            copy.Append(page, NowUs);
        }

        lock (_gate)
        {
            if (ReferenceEquals(_open, open)) _copy = copy;
        }
    }

    private void Hear(OggPage page, bool isMissing)
    {
        if (_listeners.IsEmpty) return;
        byte[]? raw = null;
        foreach (var (quality, decoder) in _decoders)
        {
            if (isMissing) decoder.Lose();
            if (decoder.Decode(page) is not { } heard) continue;
            var block = new LiveBlock(
                decoder.Channels, decoder.SampleRateHz, heard.Frames, _open!.At(heard.Position48k) - (long)(ClockOffsetUs() ?? 0), NowUs, heard.IsDiscontinuous,
                MemoryMarshal.AsBytes(decoder.Samples).ToArray()); // little-endian as every machine this runs on
            foreach (var listener in _listeners.Where(l => l.Quality == quality)) listener.Give(block);
        }

        foreach (var listener in _listeners.Where(l => l.Quality == LiveQuality.Ogg)) listener.Give(raw ??= page.Bytes.ToArray());
    }

    private void Decoder(LiveQuality quality, OpenStream open)
    {
        if (_decoders.TryGetValue(quality, out var known) && known.Channels == ChannelsOf(quality, open)) return;
        known?.Dispose();
        var decoder = _decoders[quality] = new OpusLineDecoder(quality == LiveQuality.Low ? 24_000 : 48_000, ChannelsOf(quality, open));
        decoder.Begin(open.First48k, open.Start.PreSkip, joins: false);
    }

    private static int ChannelsOf(LiveQuality quality, OpenStream open) => quality == LiveQuality.Low ? 1 : open.Start.Channels;

    private static void Give(LiveListener listener, OpenStream open)
    {
        listener.Give(open.HeadPage);
        listener.Give(open.TagsPage);
    }

    private sealed class OpenStream(uint serial, uint sequence, OpusStart start, ChunkTags tags, byte[] headPage, byte[] tagsPage)
    {
        public uint Serial { get; } = serial;
        public uint Sequence { get; set; } = sequence;
        public OpusStart Start { get; } = start;
        public ChunkTags Tags { get; } = tags;
        public byte[] HeadPage { get; } = headPage;
        public byte[] TagsPage { get; } = tagsPage;

        /// <summary>Its first frame on the 48 kHz line of the run: n frames are ceil(n x 48000 / rate).</summary>
        public long First48k { get; } = (long)(((Int128)tags.FirstFrame * 48_000 + tags.RateHz - 1) / tags.RateHz);

        /// <summary>Wall time of a sample, by the recorder's clock.</summary>
        public long At(long sample48k) => Tags.StartUs + (long)((sample48k - First48k) / (0.048 * (1 + (Tags.RatePpm ?? 0) / 1e6)));
    }
}
