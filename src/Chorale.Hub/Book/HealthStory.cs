using Chorale.Hub.Health;

namespace Chorale.Hub.Book;

/// <summary>What is wrong with the hub itself, as troubles: since when, over restarts as well. Looked at each minute, and whenever somebody asks.</summary>
internal sealed class HealthStory(EventBook book)
{
    public const string Disk = "hub_disk", Space = "disk_space", Unknown = "disk_unknown", Database = "database", Certificate = "certificate";

    private const long DayUs = 86_400_000_000;

    /// <summary>Home names a disk and a certificate so long before their end; a forecast that wavers does not begin anew each time.</summary>
    private const long SoonUs = 14 * DayUs, NotSoonUs = 16 * DayUs;

    private readonly Lock _gate = new();

    /// <summary>Any thread.</summary>
    public void Take(HealthView h)
    {
        lock (_gate)
        {
            Stand(Disk, null, !h.IsWritable, BookLevel.Error, "The hub cannot write to its disk", null, h.NowUs);
            foreach (var d in h.Database)
            {
                var wrong = d.Problem ?? (d.Integrity is null or "ok" ? null : d.Integrity);
                Stand(Database, d.Name, wrong is not null, BookLevel.Error, $"{d.Name} is damaged or cannot be read", wrong, h.NowUs);
            }

            if (h.Disk is { } disk)
            {
                var left = disk.FullAtUs - h.NowUs;
                Stand(Unknown, null, disk.FreeBytes is null, BookLevel.Warn, "The archive's disk does not say how much is free", null, h.NowUs);
                if (disk.FreeBytes < disk.FloorBytes || left < SoonUs) Stand(Space, null, true, BookLevel.Warn, "The archive's disk is full, or will be within two weeks", null, h.NowUs);
                else if (left is null or > NotSoonUs) Stand(Space, null, false, BookLevel.Warn, "The archive's disk is full, or will be within two weeks", null, h.NowUs);
            }

            var ends = h.CertificateEndsUs;
            Stand(Certificate, null, ends - h.NowUs < SoonUs, BookLevel.Warn, "The hub's certificate ends within two weeks, or has ended", null, ends - SoonUs ?? h.NowUs);
        }
    }

    private void Stand(string kind, string? detail, bool stands, BookLevel level, string text, string? reason, long sinceUs)
    {
        if (!stands)
        {
            if (book.Troubles.Clear(kind, null, detail) is not null) book.Tell(new BookEvent(BookLevel.Info, BookArea.Hub, null, kind + "_over", $"No more: {text}") { Args = Args(detail) });
            return;
        }

        if (book.Troubles.Of(kind, null).Any(t => t.Detail == detail)) return;
        book.Troubles.Raise(kind, BookArea.Hub, null, detail, reason, sinceUs);
        book.Tell(new BookEvent(level, BookArea.Hub, null, kind, text) { Reason = reason, Args = Args(detail) });
    }

    private static Dictionary<string, string>? Args(string? file) => file is null ? null : new() { ["file"] = file };
}
