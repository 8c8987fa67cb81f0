using Chorale.Mqtt;

namespace Chorale.Simulate;

/// <summary>
/// Answers on their way: each after the time a real node takes, in the order of the commands, as one processor gives them. Any thread.
/// </summary>
internal sealed class AnswerQueue : IDisposable
{
    /// <summary>Measured of real nodes: half within 90 ms, 95 of 100 within 156, all within 167.</summary>
    private const double MedianMs = 90, Sigma = 0.334, ShortestMs = 25, LongestMs = 167;

    private readonly NodePlan _plan;
    private readonly TimeProvider _time;
    private readonly Action<MqttMessage> _say;
    private readonly Lock _gate = new();
    private readonly Queue<(long DueStamp, MqttMessage Answer)> _waiting = new();
    private readonly Random _random;
    private readonly ITimer _timer;
    private long _lastDue;

    public AnswerQueue(NodePlan plan, TimeProvider time, Action<MqttMessage> say)
    {
        (_plan, _time, _say, _random) = (plan, time, say, new Random(plan.Seed));
        _timer = time.CreateTimer(_ => OnTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(MqttMessage answer) => Add(answer, Latency());

    public void Add(MqttMessage answer, TimeSpan after)
    {
        lock (_gate)
        {
            var due = _time.GetTimestamp() + (long)(after.TotalSeconds * _time.TimestampFrequency);
            _lastDue = Math.Max(due, _lastDue);
            _waiting.Enqueue((_lastDue, answer));
            if (_waiting.Count == 1) Arm(_lastDue);
        }
    }

    public TimeSpan Latency()
    {
        if (_plan.AnswersAfter is { } exact) return exact;
        lock (_gate)
        {
            // Box and Muller.
            var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            return TimeSpan.FromMilliseconds(Math.Clamp(MedianMs * Math.Exp(Sigma * normal), ShortestMs, LongestMs)) + _plan.Slow;
        }
    }

    /// <summary>A reboot: what it had not said yet it never says.</summary>
    public void Clear()
    {
        lock (_gate) _waiting.Clear();
    }

    public void Dispose() => _timer.Dispose();

    private void OnTime()
    {
        // Said under the lock: two timers may run at once, and order is the point.
        lock (_gate)
        {
            while (_waiting.TryPeek(out var next))
            {
                if (next.DueStamp > _time.GetTimestamp())
                {
                    Arm(next.DueStamp);
                    return;
                }

                _waiting.Dequeue();
                _say(next.Answer);
            }
        }
    }

    /// <summary>Rounded up: a timer that fires a little early would only be armed again.</summary>
    private void Arm(long dueStamp)
    {
        var left = Math.Max(0, (dueStamp - _time.GetTimestamp()) / (double)_time.TimestampFrequency);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left * 1000)), Timeout.InfiniteTimeSpan);
    }
}
