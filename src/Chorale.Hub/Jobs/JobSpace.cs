using System.Globalization;

namespace Chorale.Hub.Jobs;

/// <summary>Whether there is room: results never take what is to stay free.</summary>
internal sealed class JobSpace(string folder, long floorBytes, Func<string, long> freeBytes)
{
    /// <summary>Null when so many bytes fit beside what other jobs are about to write; else why not, with the figures.</summary>
    public string? Refusal(long bytes, long promisedBytes)
    {
        var free = Free();
        return free - promisedBytes - bytes >= floorBytes ? null
            : $"it needs about {Text(bytes)}, {Text(free)} are free in {folder}"
              + (promisedBytes > 0 ? $", of which other jobs need {Text(promisedBytes)}" : "") + $", and {Text(floorBytes)} are to stay free";
    }

    /// <exception cref="JobProblemException">The floor is reached.</exception>
    public void Check()
    {
        var free = Free();
        if (free < floorBytes) throw new JobProblemException($"the disk has filled up: {Text(free)} are free in {folder}, {Text(floorBytes)} are to stay free");
    }

    public long Free() => freeBytes(folder);

    private static string Text(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB") : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e6):0} MB");
}
