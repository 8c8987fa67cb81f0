using System.Threading.Channels;
using Chorale.Mqtt.Interop;
using Microsoft.Extensions.Logging;

namespace Chorale.Mqtt;

/// <summary>
/// A client that is connected whenever a broker is there: it looks for one at once and for ever, subscribes anew each time, and never
/// sends late what was meant for earlier.
/// </summary>
/// <remarks>
/// Three threads of execution. The loop thread alone touches libmosquitto. The dispatch thread runs the handlers of subscriptions, one
/// message at a time, in order of arrival. <see cref="OnConnected"/> and <see cref="Disconnected"/> run in turn, off both of them.
/// Every member may be called from any thread, also from handlers.
/// </remarks>
public sealed class MqttClient : IAsyncDisposable
{
    private readonly MqttOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counts _counts = new();
    private readonly Outbox _outbox = new();
    private readonly Inbox _inbox;
    private readonly ConnectionParts _parts;
    private readonly LoopWait _wait = new();
    private readonly Lock _gate = new();
    private readonly Channel<LifeEvent> _life = Channel.CreateBounded<LifeEvent>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly TaskCompletionSource _loopEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _dispatchEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Subscription[] _subscriptions = [];
    private int _subscribed; // those the connection knows; loop thread
    private Task _lifeLoop = Task.CompletedTask;
    private int _state; // 0 made, 1 started, 2 disposed
    private volatile string? _lastFailure;

    /// <exception cref="ArgumentException">An option is out of its range; the message says which and what is allowed.</exception>
    /// <exception cref="DllNotFoundException">libmosquitto is missing; the message names the package.</exception>
    public MqttClient(MqttOptions options, TimeProvider time, ILogger logger)
    {
        OptionsCheck.Require(options);
        MosquittoLibrary.EnsureLoaded();
        (_options, _time, _logger) = (options, time, logger);
        _inbox = new Inbox(_counts);
        // An id of our own rather than the broker's: it is in the broker's log when somebody looks for us there.
        var id = options.ClientId ?? $"chorale-{Guid.NewGuid():N}"[..23];
        _parts = new ConnectionParts(options, id, time, logger, _inbox, _outbox, _counts, () => _subscriptions);
    }

    /// <summary>Connected, and every subscription acknowledged.</summary>
    public bool IsConnected => _outbox.IsOpen;

    /// <summary>Why there is no connection at the moment; null while there is one, and before the first try has failed.</summary>
    public string? LastFailure => IsConnected ? null : _lastFailure;

    public MqttCounters Counters => _counts.Snapshot();

    /// <summary>After all subscriptions of a new connection: the place of the birth message. The token ends with that connection. Set before <see cref="Start"/>.</summary>
    public Func<CancellationToken, Task>? OnConnected { get; set; }

    /// <summary>A connection that stood was lost; the argument says why, for people.</summary>
    public event Action<string>? Disconnected;

    /// <summary>Before or after <see cref="Start"/>; renewed at every connect. A message that several filters match goes to each handler.</summary>
    /// <param name="handler">Runs on the dispatch thread; what it throws is logged and counted.</param>
    /// <param name="ignoreRetained">For commands and feedback: kept messages are counted, not handed on.</param>
    public void Subscribe(string filter, int qos, Action<MqttMessage> handler, bool ignoreRetained = false)
    {
        if (TopicFilter.ProblemOfFilter(filter) is { } problem) throw new ArgumentException(problem, nameof(filter));
        if (qos is not (0 or 1)) throw new ArgumentOutOfRangeException(nameof(qos), qos, "allowed are 0 and 1");
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_state == 2, this);
            _subscriptions = [.. _subscriptions, new Subscription(_subscriptions.Length + 1, filter, qos, handler, ignoreRetained)];
        }

        _wait.Ring();
    }

    public void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_state == 2, this);
            if (_state != 0) throw new InvalidOperationException("started already");
            _state = 1;
            new Thread(Loop) { Name = "mqtt loop", IsBackground = true }.Start();
            new Thread(Dispatch) { Name = "mqtt dispatch", IsBackground = true }.Start();
            _lifeLoop = FollowLifeAsync();
        }
    }

    /// <summary>
    /// Sends now or not at all. QoS 1 ends with the broker's acknowledgement, QoS 0 once it is in the socket. Cancelling gives up
    /// waiting; what has not been sent by then is not sent.
    /// </summary>
    public Task<MqttDelivery> PublishAsync(MqttMessage message, CancellationToken cancel = default)
    {
        if (OptionsCheck.ProblemOf(message) is { } problem) throw new ArgumentException(problem, nameof(message));
        if (cancel.IsCancellationRequested) return Task.FromCanceled<MqttDelivery>(cancel);
        var outgoing = new Outgoing(message, _time.GetTimestamp());
        if (_outbox.Add(outgoing) is { } refusal)
        {
            var reason = refusal == MqttOutcome.NotConnected ? _lastFailure ?? "not connected to the broker" : "too much is waiting to be sent";
            return Task.FromResult(new MqttDelivery(refusal, TimeSpan.Zero, reason));
        }

        outgoing.WithdrawWhen(cancel);
        _wait.Ring();
        return outgoing.Task;
    }

    /// <summary>Says good-bye to the broker (the Will stays unsaid) and ends, within 2 s whatever the network does.</summary>
    public async ValueTask DisposeAsync()
    {
        int before;
        lock (_gate) (before, _state) = (_state, 2);
        if (before == 2) return;
        await _stopping.CancelAsync();
        _wait.Ring();
        _inbox.Close();
        if (before == 1)
        {
            var ended = Task.WhenAll(_loopEnded.Task, _dispatchEnded.Task, _lifeLoop);
            // Who is stuck in the resolver, in a handler or in OnConnected ends later by itself, and cleans up after itself.
            await Task.WhenAny(ended, Task.Delay(Limits.DisposePatience, TimeProvider.System, CancellationToken.None));
        }
        else
        {
            _wait.Dispose();
        }
    }

    private void Loop()
    {
        var version = Mosquitto.Version5;
        var schedule = new ReconnectSchedule(_options.ReconnectInterval, new Random());
        var report = new ConnectionReport(_parts);
        while (!_stopping.IsCancellationRequested)
        {
            var (end, life) = TryLive(version, report);
            var pause = schedule.After(end.Kind, life);
            // Not every broker says so when it throws one of two namesakes out (mosquitto 2.0.11 does not).
            if (schedule.ShortLives > 1) end = end with { Reason = $"{end.Reason}, {schedule.ShortLives} times within seconds: does another client use our id {_parts.ClientId}?" };
            // The older protocol is tried at once: that is no failure yet.
            if (end.Kind != EndKind.OldProtocol) _lastFailure = end.Reason;
            if (end.Kind is not (EndKind.Goodbye or EndKind.OldProtocol)) Report(report, end, life);
            // A broker that does not know MQTT 5 is asked again at the next outage: it may have been replaced.
            version = end.Kind == EndKind.OldProtocol ? Mosquitto.Version311 : Mosquitto.Version5;
            Pause(pause);
        }

        _wait.Dispose();
        _life.Writer.TryComplete();
        _loopEnded.SetResult();
    }

    private (ConnectionEnd End, TimeSpan Life) TryLive(int version, ConnectionReport report)
    {
        try
        {
            return LiveOnce(version, report);
        }
        catch (Exception e)
        {
            // No memory, no descriptors, a broken invariant: tried again like a refusal, because nobody is there to start us again.
            Log.LoopFailed(_logger, e);
            return (new ConnectionEnd(EndKind.Refused, e.Message), TimeSpan.Zero);
        }
        finally
        {
            foreach (var outgoing in _outbox.Close()) End(outgoing, MqttOutcome.Lost, "the connection ended");
        }
    }

    private (ConnectionEnd End, TimeSpan Life) LiveOnce(int version, ConnectionReport report)
    {
        var reached = BrokerReach.Find(_options.Host, _options.Port, () => _stopping.IsCancellationRequested, out var problem);
        if (reached is null) return (new ConnectionEnd(EndKind.Unreachable, problem), TimeSpan.Zero);
        using var connection = new Connection(_parts, version);
        connection.Open(reached);
        while (connection.End is null && !connection.IsUp && !_stopping.IsCancellationRequested) connection.Turn(_wait);
        if (!connection.IsUp || connection.End is not null)
        {
            connection.Close(_wait);
            return (connection.End!.Value, TimeSpan.Zero);
        }

        var bornStamp = _time.GetTimestamp();
        var alive = new CancellationTokenSource();
        Counts.Add(ref _counts.Connects);
        report.Connected(version);
        _subscribed = connection.SubscribedAtStart;
        _outbox.Open();
        _life.Writer.TryWrite(new LifeEvent(null, alive.Token));
        try
        {
            Serve(connection, report);
        }
        finally
        {
            _ = alive.CancelAsync(); // what others hang on it must not run on this thread
        }

        return (connection.End!.Value, Max(_time.GetElapsedTime(bornStamp), TimeSpan.FromTicks(1)));
    }

    private void Serve(Connection connection, ConnectionReport report)
    {
        while (connection.End is null && !_stopping.IsCancellationRequested)
        {
            foreach (var subscription in _subscriptions.AsSpan(_subscribed)) connection.Subscribe(subscription);
            _subscribed = _subscriptions.Length;
            while (connection.End is null && _outbox.TryTake(out var outgoing)) connection.Publish(outgoing);
            if (connection.End is null) connection.Turn(_wait);
            report.Dropped(_inbox);
        }

        // What was accepted before the stop is still sent: the good-bye of a module is a publish.
        foreach (var outgoing in _outbox.Close())
        {
            if (connection.End is null) connection.Publish(outgoing);
            else End(outgoing, MqttOutcome.Lost, connection.End.Value.Reason);
        }

        connection.Close(_wait);
    }

    private void Report(ConnectionReport report, ConnectionEnd end, TimeSpan life)
    {
        if (life == TimeSpan.Zero)
        {
            report.Failed(end);
            return;
        }

        report.Lost(end);
        _life.Writer.TryWrite(new LifeEvent(end.Reason, default));
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void End(Outgoing outgoing, MqttOutcome outcome, string reason)
    {
        Counts.Add(ref _counts.Lost);
        outgoing.End(new MqttDelivery(outcome, _time.GetElapsedTime(outgoing.AcceptedStamp), reason));
    }

    private void Pause(TimeSpan pause)
    {
        var begun = _time.GetTimestamp();
        while (!_stopping.IsCancellationRequested && pause - _time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero) _wait.Sleep(-1, wantsWrite: false, left);
    }

    private void Dispatch()
    {
        while (_inbox.TryTake(out var message))
        {
            var subscriptions = _subscriptions;
            // A kept session may still know the ids of an earlier program: the filter has the last word.
            if (message.SubscriptionId is > 0 and var id && id <= subscriptions.Length && TopicFilter.Matches(subscriptions[id - 1].Filter, message.Topic))
                Hand(subscriptions[id - 1], message);
            else
            {
                foreach (var subscription in subscriptions)
                {
                    if (TopicFilter.Matches(subscription.Filter, message.Topic)) Hand(subscription, message);
                }
            }
        }

        _dispatchEnded.SetResult();
    }

    private void Hand(Subscription subscription, MqttMessage message)
    {
        if (message.Retain && subscription.IgnoresRetained)
        {
            Counts.Add(ref _counts.IgnoredRetained);
            Log.RetainedIgnored(_logger, message.Topic);
            return;
        }

        try
        {
            subscription.Handler(message);
        }
        catch (Exception e)
        {
            Counts.Add(ref _counts.HandlerFailures);
            Log.HandlerFailed(_logger, e, message.Topic, message.Payload.Length);
        }
    }

    private async Task FollowLifeAsync()
    {
        await foreach (var happened in _life.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                if (happened.LostBecause is { } reason) Disconnected?.Invoke(reason);
                else if (OnConnected is { } announce && !happened.Alive.IsCancellationRequested) await announce(happened.Alive).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (happened.Alive.IsCancellationRequested)
            {
                // Lost while it was being announced.
            }
            catch (Exception e)
            {
                Log.LifeEventFailed(_logger, e);
            }
        }
    }

    /// <param name="LostBecause">Null: connected.</param>
    /// <param name="Alive">Cancelled when that connection ends.</param>
    private readonly record struct LifeEvent(string? LostBecause, CancellationToken Alive);
}
