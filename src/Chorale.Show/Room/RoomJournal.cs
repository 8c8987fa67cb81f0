using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>
/// Notes of a room between its engine thread and those who log, trace and show them. The engine never waits for them: what does not fit is
/// counted, and said.
/// </summary>
internal sealed class RoomJournal : IAsyncDisposable
{
    /// <summary>Seconds of the busiest scene; a disk that stalls for longer costs lines of the trace, never a cue.</summary>
    private const int WaitingMax = 65_536;

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    private readonly Channel<RoomNote> _notes = Channel.CreateBounded<RoomNote>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly IReadOnlyList<IJournalReader> _readers;
    private readonly ILogger _log;
    private readonly Task _loop;
    private long _dropped;

    public RoomJournal(IReadOnlyList<IJournalReader> readers, ILogger log)
    {
        (_readers, _log) = (readers, log);
        _loop = Task.Run(ReadAsync);
    }

    public long Dropped => Volatile.Read(ref _dropped);

    public void Add(RoomNote note)
    {
        if (!_notes.Writer.TryWrite(note)) Interlocked.Increment(ref _dropped);
    }

    public async ValueTask DisposeAsync()
    {
        _notes.Writer.TryComplete();
        await _loop.WaitAsync(EndPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync()
    {
        var batch = new List<RoomNote>();
        while (await _notes.Reader.WaitToReadAsync())
        {
            while (batch.Count < 512 && _notes.Reader.TryRead(out var note)) batch.Add(note);
            foreach (var reader in _readers)
            {
                try
                {
                    reader.Read(batch);
                }
                catch (Exception e)
                {
                    Log.JournalFailed(_log, reader.GetType().Name, e);
                }
            }

            batch.Clear();
        }
    }
}

/// <summary>Off the engine thread; one batch at a time.</summary>
internal interface IJournalReader
{
    void Read(IReadOnlyList<RoomNote> notes);
}
