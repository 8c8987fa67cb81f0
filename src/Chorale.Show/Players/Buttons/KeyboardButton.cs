namespace Chorale.Show.Players.Buttons;

/// <summary>Enter and the space bar of the terminal as the button of a room, for rehearsals. Pure.</summary>
public sealed class KeyboardButton(TimeSpan debounce, TimeProvider time)
{
    private long? _pressedStamp;

    /// <returns>True: a press. A key held down repeats itself and is one.</returns>
    public bool See(ConsoleKey key)
    {
        if (key is not (ConsoleKey.Enter or ConsoleKey.Spacebar)) return false;
        var now = time.GetTimestamp();
        var isPress = _pressedStamp is not { } before || time.GetElapsedTime(before, now) >= debounce;
        _pressedStamp = now;
        return isPress;
    }
}
