using System.Text;
using System.Threading.Channels;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Show.Players.Buttons;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Players.Remote;

/// <summary>
/// The machine in a room: hears the words for sound and picture, tells what became of them, and says when a button was pressed. Without
/// a broker what plays goes on.
/// </summary>
/// <remarks>
/// Words go from the dispatch thread of the client straight into the player. What is told passes through one bounded line, in order, with
/// the state squeezed to the newest. A problem that nobody hears is gone but for the state; the ends of the last half minute are repeated
/// in every state, for a scene may wait for one.
/// </remarks>
public sealed class RoomStation
{
    private static readonly TimeSpan StateEvery = TimeSpan.FromMilliseconds(200);

    private readonly string _room;
    private readonly IRoomPlayer _player;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MqttClient _client;
    private readonly string _broker;

    private readonly Channel<MqttMessage> _told = Channel.CreateBounded<MqttMessage>(new BoundedChannelOptions(500) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Queue<(PlayerMessage Message, long Stamp)> _ends = new(); // newest PlayerWire.EndsMax; under its own lock

    private readonly SemaphoreSlim _stateChanged = new(0, 1);

    /// <param name="options">Will and payload limit are set here.</param>
    /// <param name="player">The caller's; its events are taken over.</param>
    public RoomStation(string room, MqttOptions options, IRoomPlayer player, TimeProvider time, ILogger logger)
    {
        if (!RoomNames.IsValid(room)) throw new ArgumentException($"room '{Shown.Text(room)}': {RoomNames.Allowed}", nameof(room));
        (_room, _player, _time, _logger) = (room, player, time, logger);
        _broker = $"{options.Host}:{options.Port}";
        _client = new MqttClient(options with { Will = Status(PlayerWire.Offline), ClientId = options.ClientId ?? $"chorale-{PlayerWire.DeviceId(room)}" }, time, logger);
        _client.Subscribe(PlayerWire.Audio(room), 1, m => _player.Audio(Text(m)), ignoreRetained: true);
        _client.Subscribe(PlayerWire.Video(room), 1, m => _player.Video(Text(m)), ignoreRetained: true);
        _client.Subscribe(RoomTopics.Stop(room), 1, HearStop, ignoreRetained: true);
        _client.Subscribe(PlayerWire.Preload(room), 1, HearPreload, ignoreRetained: true);
        _client.OnConnected = AnnounceAsync;
        _client.Disconnected += reason => Log.RoomPlayerAlone(_logger, reason);
        _player.Happened = Hear;
    }

    public bool IsConnected => _client.IsConnected;

    /// <summary>Until <paramref name="stopping"/>; then says good-bye. The player goes on until its owner ends it.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        _client.Start();
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] loops = [BeatAsync(watch.Token), StateAsync(watch.Token), TellAsync(watch.Token), WarnAsync(watch.Token)];
        try
        {
            await (await Task.WhenAny(loops).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The order to stop.
        }
        finally
        {
            await watch.CancelAsync().ConfigureAwait(false);
            _ = _client.PublishAsync(Status(PlayerWire.Offline), CancellationToken.None); // sent before the good-bye, if there is somebody to say it to
            await _client.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Any thread. A press that nobody can be told of is not told later.</summary>
    public void Pressed(ButtonOrder button) => _ = PressedAsync(button);

    private static string Text(MqttMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    private async Task PressedAsync(ButtonOrder button)
    {
        var topic = $"{_room}/{button.Topic}";
        var delivery = await _client.PublishAsync(new MqttMessage(topic, Encoding.UTF8.GetBytes(button.Message), 1) { Expiry = PlayerWire.WordExpiry }).ConfigureAwait(false);
        if (delivery.IsDelivered) Log.ButtonPressed(_logger, button.Name, topic, button.Message);
        else Log.ButtonNotSent(_logger, button.Name, delivery.Reason ?? "no reason given");
    }

    private void HearStop(MqttMessage message)
    {
        _player.StopAll();
        Log.RoomPlayerStopped(_logger);
        // No OK: the room counts the devices' confirmations on that topic, and ours would stand in for one that is dead.
    }

    private void HearPreload(MqttMessage message)
    {
        if (PlayerWire.ReadPreload(message.Payload.Span) is not { } preload)
        {
            Hear(PlayerEvent.Problem($"a preload of {message.Payload.Length} bytes is not understood: {{\"audio\":[...],\"video\":[...]}} is"));
            return;
        }

        _player.Preload([.. (preload.Audio ?? []).Take(PlayerWire.PreloadMax)], [.. (preload.Video ?? []).Take(PlayerWire.PreloadMax)]);
    }

    private void Hear(PlayerEvent happened)
    {
        if (happened.Kind == PlayerEventKind.Changed)
        {
            TouchState();
            return;
        }

        var message = happened.Kind switch
        {
            PlayerEventKind.AudioEnd => new PlayerMessage(PlayerMessageKind.AudioEnd) { File = happened.Text, Id = Guid.NewGuid().ToString("N") },
            PlayerEventKind.VideoEnd => new PlayerMessage(PlayerMessageKind.VideoEnd) { File = happened.Text, Id = Guid.NewGuid().ToString("N") },
            _ => new PlayerMessage(PlayerMessageKind.Problem) { Text = happened.Text },
        };
        if (message.Id is not null)
        {
            lock (_ends)
            {
                _ends.Enqueue((message, _time.GetTimestamp()));
                if (_ends.Count > PlayerWire.EndsMax) _ends.Dequeue();
            }
        }

        _told.Writer.TryWrite(new MqttMessage(PlayerWire.Event(_room), PlayerWire.ToBytes(message), 1));
    }

    private void TouchState()
    {
        try
        {
            _stateChanged.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will be told already.
        }
    }

    private MqttMessage Status(string word) => new(PlayerWire.Status(_room), Encoding.UTF8.GetBytes(word), 1, Retain: true);

    private async Task AnnounceAsync(CancellationToken alive)
    {
        Log.RoomPlayerConnected(_logger, _broker);
        await _client.PublishAsync(Status(PlayerWire.Online), alive).ConfigureAwait(false);
        TouchState();
    }

    private async Task BeatAsync(CancellationToken stopping)
    {
        using var beat = new PeriodicTimer(PlayerWire.BeatEvery, _time);
        while (await beat.WaitForNextTickAsync(stopping).ConfigureAwait(false))
        {
            if (!_client.IsConnected) continue;
            await _client.PublishAsync(Status(PlayerWire.Online), stopping).ConfigureAwait(false);
            TouchState();
        }
    }

    private async Task StateAsync(CancellationToken stopping)
    {
        while (true)
        {
            await _stateChanged.WaitAsync(stopping).ConfigureAwait(false);
            var view = _player.View;
            var state = new PlayerMessage(PlayerMessageKind.State)
            {
                State = view.State,
                Problem = view.Problem,
                Playing = [.. view.Playing.Select(p => new PlayingMessage(p.File, p.Kind, p.Position is { } at ? Math.Round(at.TotalSeconds, 3) : null))],
                Ended = RecentEnds() is { Count: > 0 } ends ? ends : null,
            };
            if (_client.IsConnected) await _client.PublishAsync(new MqttMessage(PlayerWire.Event(_room), PlayerWire.ToBytes(state), 1), stopping).ConfigureAwait(false);
            await Task.Delay(StateEvery, _time, stopping).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(CancellationToken stopping)
    {
        await foreach (var message in _told.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
            await _client.PublishAsync(message, stopping).ConfigureAwait(false);
    }

    private List<PlayerMessage> RecentEnds()
    {
        lock (_ends)
        {
            while (_ends.TryPeek(out var oldest) && _time.GetElapsedTime(oldest.Stamp) > PlayerWire.EndsKept) _ends.Dequeue();
            return [.. _ends.Select(e => e.Message)];
        }
    }

    /// <summary>A broker that was never there is worth a line as well.</summary>
    private async Task WarnAsync(CancellationToken stopping)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), _time, stopping).ConfigureAwait(false);
        if (_client.LastFailure is { } failure) Log.RoomPlayerAlone(_logger, failure);
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, stopping).ConfigureAwait(false);
    }
}
