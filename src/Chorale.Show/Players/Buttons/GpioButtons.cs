using System.ComponentModel;
using Chorale.Show.Interop;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Players.Buttons;

/// <summary>Buttons on the GPIO lines of this machine, one thread each. A chip that fails is asked again.</summary>
public sealed class GpioButtons : IDisposable
{
    public static readonly TimeSpan DefaultDebounce = TimeSpan.FromMilliseconds(300);
    public static readonly TimeSpan DefaultCooldown = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(10);

    /// <summary>How soon a thread sees that it shall end.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly List<Thread> _threads = [];
    private readonly ManualResetEventSlim _ending = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<ButtonOrder> _pressed;
    private readonly TimeSpan _debounce;
    private readonly TimeSpan _cooldown;

    /// <param name="pressed">On a thread of the button's own.</param>
    public GpioButtons(IReadOnlyList<ButtonOrder> buttons, TimeSpan debounce, TimeSpan cooldown, Action<ButtonOrder> pressed, TimeProvider time, ILogger logger)
    {
        (_debounce, _cooldown, _pressed, _time, _logger) = (debounce, cooldown, pressed, time, logger);
        foreach (var button in buttons.Where(b => b.Line is not null))
        {
            var thread = new Thread(() => Run(button)) { Name = $"button {button.Line}", IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Ends the threads, within half a second.</summary>
    public void Dispose()
    {
        _ending.Set();
        foreach (var thread in _threads) thread.Join();
        _ending.Dispose();
    }

    private void Run(ButtonOrder button)
    {
        string? told = null;
        do
        {
            var problem = TryWatch(button);
            if (problem is not null && problem != told) Log.ButtonsProblem(_logger, problem);
            told = problem;
        }
        while (!_ending.Wait(RetryEvery));
    }

    private string? TryWatch(ButtonOrder button)
    {
        using var line = GpioLine.Open(button.Line!.Value, out var problem);
        if (line is null) return problem;
        Log.ButtonReady(_logger, button.Name);
        var begun = _time.GetTimestamp();
        var policy = new ButtonPolicy(_debounce, _cooldown);
        try
        {
            var isMoved = false;
            while (!_ending.IsSet)
            {
                var now = _time.GetElapsedTime(begun);
                if (policy.See(now, line.IsPressed(), isMoved)) _pressed(button);
                var look = policy.NextLook is { } next ? next - _time.GetElapsedTime(begun) : LookEvery;
                isMoved = line.Wait(look < TimeSpan.Zero ? TimeSpan.Zero : look < LookEvery ? look : LookEvery);
            }

            return null;
        }
        catch (Win32Exception e)
        {
            return $"{button.Name}: {e.Message}";
        }
    }
}
