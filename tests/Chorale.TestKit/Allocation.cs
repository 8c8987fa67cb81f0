namespace Chorale.TestKit;

/// <summary>What a piece of code allocates each time, told apart from what befalls its thread once.</summary>
public static class Allocation
{
    private const int Passes = 10;

    /// <summary>
    /// Bytes that the calling thread allocated in the best of some passes. What the code allocates shows in every one of them; a
    /// collection that begins on another thread or a lock contended for the first time shows in one.
    /// </summary>
    public static long Least(Action pass)
    {
        pass();
        var least = long.MaxValue;
        for (var i = 0; i < Passes && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            pass();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
