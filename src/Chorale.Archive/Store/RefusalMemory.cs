namespace Chorale.Archive.Store;

/// <summary>Remembers what was refused, so that a client that knows no "never" does not fill the index and the log with it.</summary>
internal sealed class RefusalMemory
{
    private const long NewsAfterUs = 3600L * 1_000_000;
    private const int RememberedMax = 4096;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string? Recorder, string Reason, long Size), long> _lastUs = [];

    public bool IsNews((string? Recorder, string Reason, long Size) refusal, long nowUs)
    {
        lock (_gate)
        {
            if (_lastUs.TryGetValue(refusal, out var last) && nowUs - last is >= 0 and < NewsAfterUs) return false;
            if (_lastUs.Count >= RememberedMax) _lastUs.Clear();
            _lastUs[refusal] = nowUs;
            return true;
        }
    }
}
