namespace Chorale.Archive.Peaks;

/// <summary>Decides how long to rest after work that can wait. Pure: no clock.</summary>
internal static class OutlinePace
{
    /// <summary>Chunks on their way in that a hub has at any time without being busy.</summary>
    private const int IdleUnderWay = 4;

    /// <returns>Half of one core when nothing else is to do, a tenth of it while receipts are waited for.</returns>
    public static TimeSpan Rest(TimeSpan worked, int underWay) => worked * (underWay > IdleUnderWay ? 9 : 1);
}
