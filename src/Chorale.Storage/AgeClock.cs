using System.Globalization;
using System.Text;

namespace Chorale.Storage;

/// <summary>
/// What time it is for deleting by age. A wall clock that leaps ahead (a time server that lies, a battery that failed, a year typed wrong) makes everything
/// old at once: after a leap of more than <see cref="LeapMin"/> the time before it counts on until the clock has stood by it for <see cref="Probation"/>
/// of running. Until then somebody can mend it and nothing is lost; if it is right, old things go a day later.
/// </summary>
/// <remarks>Any thread. What it believes outlives a restart in a file of its own, so that starting again is no way around it.</remarks>
public sealed class AgeClock
{
    public const string FileName = "age.clock";

    /// <summary>Asked less often than this it would take its own silence for a leap.</summary>
    public static readonly TimeSpan LeapMin = TimeSpan.FromDays(1);

    public static readonly TimeSpan Probation = TimeSpan.FromDays(1);

    private static readonly TimeSpan SaveEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly string? _path;
    private DateTimeOffset? _believed;
    private TimeSpan? _heldFor; // of running, over restarts; null: believed
    private long _stamp;
    private long? _savedStamp;

    /// <param name="time">The wall clock, and a monotonic one that it is held against.</param>
    /// <param name="folder">Where it remembers; null: not beyond this process.</param>
    public AgeClock(TimeProvider time, string? folder = null)
    {
        (_time, _path) = (time, folder is null ? null : Path.Combine(folder, FileName));
        (_believed, _heldFor) = Read(_path);
        _stamp = time.GetTimestamp();
    }

    /// <summary>How far the wall clock is ahead of what is believed; null when it is believed.</summary>
    public TimeSpan? Leap { get; private set; }

    /// <summary>The present, for a comparison with the age of things.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
            {
                var (wall, stamp) = (_time.GetUtcNow(), _time.GetTimestamp());
                var passed = _time.GetElapsedTime(_stamp, stamp);
                var expected = _believed is { } known ? known + passed : wall;
                var held = _heldFor is { } so ? so + passed : TimeSpan.Zero;
                var isHeld = wall - expected > LeapMin && held < Probation;
                var isNews = isHeld != _heldFor is not null;
                (_believed, _heldFor, _stamp) = (isHeld ? expected : wall, isHeld ? held : null, stamp);
                Leap = isHeld ? wall - expected : null;
                if (isNews || _savedStamp is not { } saved || _time.GetElapsedTime(saved, stamp) >= SaveEvery) Save();
                return _believed.Value;
            }
        }
    }

    private void Save()
    {
        _savedStamp = _stamp; // a full disk is tried again in an hour: it believes the same as long as it runs
        if (_path is null) return;
        try
        {
            DurableFile.Write(_path, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_believed:O} {_heldFor?.TotalSeconds:0}\n")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // see above
        }
    }

    private static (DateTimeOffset? Believed, TimeSpan? HeldFor) Read(string? path)
    {
        try
        {
            if (path is null || File.ReadAllText(path).Split(' ') is not [var at, var held]) return default;
            if (!DateTimeOffset.TryParseExact(at, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var believed)) return default;
            return (believed, double.TryParse(held, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86_400)) : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default; // the first start, or a file that somebody took away
        }
    }
}
