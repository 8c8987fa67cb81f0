namespace Chorale.Show.Players.Buttons;

/// <summary>
/// Which movements of a contact are a press: it was released, and is held for a moment (the wires of a room with motors catch sparks), and
/// the press before is long enough ago. Pure; times are of one monotonic clock.
/// </summary>
internal sealed class ButtonPolicy(TimeSpan debounce, TimeSpan cooldown)
{
    /// <summary>A contact bounces for about 5 ms, a spark is shorter, a finger is longer.</summary>
    public static readonly TimeSpan Steady = TimeSpan.FromMilliseconds(20);

    private readonly TimeSpan _between = debounce > cooldown ? debounce : cooldown;
    private bool _level;
    private TimeSpan _levelSince;
    private bool _isHeld = true; // a button that is pressed, or stuck, while we start has not been pressed by anybody
    private bool _isFirst = true;
    private TimeSpan? _pressedAt;

    /// <summary>When <see cref="See"/> must be asked again though nothing moves; null: only when it moves.</summary>
    public TimeSpan? NextLook => _level == _isHeld ? null : _levelSince + Steady;

    /// <param name="isMoved">It has changed since it was looked at last, even if it is as it was.</param>
    /// <returns>True: somebody has pressed it.</returns>
    public bool See(TimeSpan now, bool isPressed, bool isMoved)
    {
        if (_isFirst || isMoved || isPressed != _level) (_level, _levelSince) = (isPressed, now);
        if (_isFirst) (_isFirst, _isHeld) = (false, isPressed);
        if (_level == _isHeld || now - _levelSince < Steady) return false;
        _isHeld = _level;
        if (!_isHeld || (_pressedAt is { } before && now - before < _between)) return false;
        _pressedAt = now;
        return true;
    }
}
