namespace Chorale.Recorder.Health;

/// <summary>
/// Whether this process still does its work. A lost microphone or a failing disk is not death: both are tried again by the living process, and a new
/// one would lose what is in memory. Standing still without either is. Fed once a second by one thread, read by any.
/// </summary>
internal sealed class Liveness(TimeProvider time)
{
    /// <summary>Capture opens a silent device anew after 30 s, so twice that without a frame and without saying so is a hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private long _captured;
    private long _read;
    private long _capturedStamp = time.GetTimestamp();
    private long _readStamp = time.GetTimestamp();

    public bool IsAlive => time.GetElapsedTime(Volatile.Read(ref _capturedStamp)) < Patience && time.GetElapsedTime(Volatile.Read(ref _readStamp)) < Patience;

    /// <param name="isRunning">The capture says that frames are coming.</param>
    /// <param name="captured">Frames captured.</param>
    /// <param name="read">Frames that the recording side has dealt with.</param>
    /// <param name="isStorageInTrouble">The recording side waits for the disk, and says so.</param>
    public void Look(bool isRunning, long captured, long read, bool isStorageInTrouble)
    {
        var now = time.GetTimestamp();
        var hasMoved = captured != _captured;
        if (!isRunning || hasMoved) Volatile.Write(ref _capturedStamp, now);
        if (!isRunning || !hasMoved || read != _read || isStorageInTrouble) Volatile.Write(ref _readStamp, now);
        (_captured, _read) = (captured, read);
    }
}
