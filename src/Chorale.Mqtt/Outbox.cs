namespace Chorale.Mqtt;

/// <summary>One publish from its acceptance to its end. Ends exactly once.</summary>
internal sealed class Outgoing(MqttMessage message, long acceptedStamp)
{
    private readonly TaskCompletionSource<MqttDelivery> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isWithdrawn;

    public MqttMessage Message => message;

    public long AcceptedStamp => acceptedStamp;

    public Task<MqttDelivery> Task => _end.Task;

    /// <summary>Its caller does not want it any more: not sent if it has not been yet.</summary>
    public bool IsWithdrawn => Volatile.Read(ref _isWithdrawn) != 0;

    /// <summary>Holds on to the token only until the end.</summary>
    public void WithdrawWhen(CancellationToken cancel)
    {
        if (!cancel.CanBeCanceled) return;
        var registration = cancel.UnsafeRegister(static (self, token) => ((Outgoing)self!).Withdraw(token), this);
        _ = _end.Task.ContinueWith(
            static (_, held) => ((CancellationTokenRegistration)held!).Dispose(), registration, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    public void End(MqttDelivery delivery) => _end.TrySetResult(delivery);

    private void Withdraw(CancellationToken cancel)
    {
        Volatile.Write(ref _isWithdrawn, 1);
        _end.TrySetCanceled(cancel);
    }
}

/// <summary>
/// Publishes between their callers and the loop thread. Open only while there is a connection, so that nothing meant for now is sent
/// later; bounded until their end, because libmosquitto queues without bound what the broker has not acknowledged.
/// </summary>
internal sealed class Outbox
{
    private readonly Lock _gate = new();
    private readonly Queue<Outgoing> _waiting = [];
    private bool _isOpen;
    private int _unended;
    private long _unendedBytes;

    public bool IsOpen
    {
        get
        {
            lock (_gate) return _isOpen;
        }
    }

    public void Open()
    {
        lock (_gate) (_isOpen, _unended, _unendedBytes) = (true, 0, 0);
    }

    /// <summary>What was accepted and not taken yet is the caller's to end.</summary>
    public List<Outgoing> Close()
    {
        lock (_gate)
        {
            _isOpen = false;
            var left = _waiting.ToList();
            _waiting.Clear();
            return left;
        }
    }

    /// <summary>Null: accepted.</summary>
    public MqttOutcome? Add(Outgoing outgoing)
    {
        lock (_gate)
        {
            if (!_isOpen) return MqttOutcome.NotConnected;
            if (_unended >= Limits.OutboxMessages || _unendedBytes > Limits.OutboxBytes) return MqttOutcome.Backlogged;
            _unended++;
            _unendedBytes += outgoing.Message.Payload.Length;
            _waiting.Enqueue(outgoing);
            return null;
        }
    }

    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Outgoing? outgoing)
    {
        lock (_gate) return _waiting.TryDequeue(out outgoing);
    }

    /// <summary>For every message taken, once it has ended.</summary>
    public void Release(Outgoing outgoing)
    {
        lock (_gate)
        {
            _unended--;
            _unendedBytes -= outgoing.Message.Payload.Length;
        }
    }
}
