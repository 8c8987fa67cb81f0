using System.Text;
using Chorale.Mqtt;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Players.Remote;

/// <summary>A room that another machine plays (<c>chorale room</c>, or a player of the original), commanded over MQTT.</summary>
/// <remarks>
/// The client is the caller's, and outlives this. Events come on the client's dispatch thread and on a timer. A player that has never
/// beaten is taken at its word: those of the original say nothing.
/// </remarks>
public sealed class RemotePlayer : IRoomPlayer
{
    private const int IdsKept = 64;
    private const int PlayingMax = 64;
    private const int IdCharactersMax = 64;

    private readonly MqttClient _client;
    private readonly string _room;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly ITimer _watch;
    private readonly Queue<string> _ids = new(); // of the newest ends; dispatch thread
    private bool _isKnown; // its state has been heard; dispatch thread
    private PlayerMessage? _state; // of this session
    private long _heardStamp;
    private bool _isOffline;
    private bool _isDisposed;
    private PlayerState _shown = PlayerState.Unknown;
    private string? _lastProblem;

    public RemotePlayer(MqttClient client, string room, TimeProvider time, ILogger logger)
    {
        (_client, _room, _time, _logger) = (client, room, time, logger);
        client.Subscribe(PlayerWire.Event(room), 1, Hear, ignoreRetained: true);
        client.Subscribe(PlayerWire.Status(room), 1, HearStatus);
        _watch = time.CreateTimer(static player => ((RemotePlayer)player!).Watch(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public Action<PlayerEvent>? Happened { get; set; }

    public PlayerView View
    {
        get
        {
            lock (_gate)
            {
                var (state, problem) = Judge();
                if (_state is not { } heard || state is PlayerState.Down or PlayerState.Unknown) return new PlayerView(PlayerKind.Remote, state, problem ?? _lastProblem, []);
                var age = _time.GetElapsedTime(_heardStamp);
                return new PlayerView(PlayerKind.Remote, state, problem ?? _lastProblem, [.. (heard.Playing ?? []).Select(p => Playing(p, state == PlayerState.Playing ? age : TimeSpan.Zero))]);
            }
        }
    }

    public void Audio(string words)
    {
        if (PlayerWords.TryAudio(words, out _, out var problem)) Send(PlayerWire.Audio(_room), words);
        else Refuse(problem);
    }

    public void Video(string words)
    {
        if (PlayerWords.TryVideo(words, out _, out var problem)) Send(PlayerWire.Video(_room), words);
        else Refuse(problem);
    }

    public void Preload(IReadOnlyList<string> audio, IReadOnlyList<string> video)
    {
        // No problem where it is lost: it makes things faster, not possible.
        var message = PlayerWire.ToBytes(new PreloadMessage([.. audio.Take(PlayerWire.PreloadMax)], [.. video.Take(PlayerWire.PreloadMax)]));
        _ = _client.PublishAsync(new MqttMessage(PlayerWire.Preload(_room), message, 1) { Expiry = PlayerWire.WordExpiry });
    }

    public void StopAll()
    {
        Send(PlayerWire.Audio(_room), "STOP");
        Send(PlayerWire.Video(_room), "STOP_VIDEO");
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate) _isDisposed = true;
        return _watch.DisposeAsync();
    }

    private static PlayingFile Playing(PlayingMessage message, TimeSpan age)
        => new(message.File, message.Kind, message.PositionS is { } seconds and >= 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) + age : null);

    private void Send(string topic, string words)
    {
        var sending = _client.PublishAsync(new MqttMessage(topic, Encoding.UTF8.GetBytes(words), 1) { Expiry = PlayerWire.WordExpiry });
        _ = FollowAsync(sending, words);
    }

    private async Task FollowAsync(Task<MqttDelivery> sending, string words)
    {
        // Not on the caller's thread, also where it has failed at once.
        await Task.Yield();
        var delivery = await sending.ConfigureAwait(false);
        if (!delivery.IsDelivered) Tell(PlayerEvent.Problem($"'{Shown.Text(words)}' did not reach the player of {_room}: {delivery.Reason}"));
        else if (delivery.NobodyListens) Tell(PlayerEvent.Problem($"'{Shown.Text(words)}': nobody plays {_room}"));
    }

    private void Refuse(string problem) => ThreadPool.UnsafeQueueUserWorkItem(static s => s.Player.Tell(PlayerEvent.Problem(s.Problem)), (Player: this, Problem: problem), preferLocal: false);

    private void Hear(MqttMessage message)
    {
        if (PlayerWire.ReadMessage(message.Payload.Span) is not { } heard || heard.Id?.Length > IdCharactersMax || heard.File?.Length > PlayerWords.CharactersMax)
        {
            Log.PlayerNotUnderstood(_logger, _room, message.Payload.Length);
            return;
        }

        lock (_gate)
        {
            _isOffline = false;
            if (heard.Event == PlayerMessageKind.State)
            {
                (_state, _heardStamp) = (heard with { Playing = heard.Playing?.Where(p => p is not null).Take(PlayingMax).ToList() }, message.ReceivedStamp);
            }
        }

        switch (heard.Event)
        {
            case PlayerMessageKind.AudioEnd or PlayerMessageKind.VideoEnd: End(heard, isNews: true); break;
            case PlayerMessageKind.Problem: Tell(PlayerEvent.Problem(Shown.Sentence(heard.Text ?? "the player has a problem"))); break;
            case PlayerMessageKind.State:
                // What ended before we heard of this player belongs to no scene of ours.
                foreach (var ended in (heard.Ended ?? []).Where(e => e?.Id is { Length: <= IdCharactersMax }).Take(PlayerWire.EndsMax)) End(ended, _isKnown);
                _isKnown = true;
                Watch();
                Tell(PlayerEvent.Changed);
                break;
        }
    }

    private void End(PlayerMessage ended, bool isNews)
    {
        if (ended.Id is { } id)
        {
            if (_ids.Contains(id)) return;
            _ids.Enqueue(id);
            if (_ids.Count > IdsKept) _ids.Dequeue();
        }

        if (!isNews || ended.File is not { Length: <= PlayerWords.CharactersMax } file) return;
        if (ended.Event == PlayerMessageKind.AudioEnd) Tell(PlayerEvent.AudioEnd(file));
        else if (ended.Event == PlayerMessageKind.VideoEnd) Tell(PlayerEvent.VideoEnd(file));
    }

    private void HearStatus(MqttMessage message)
    {
        var word = Encoding.UTF8.GetString(message.Payload.Span[..Math.Min(message.Payload.Length, 32)]).Trim();
        var isOnline = word.Equals(PlayerWire.Online, StringComparison.OrdinalIgnoreCase);
        if (isOnline && message.Retain) return; // it was, once
        lock (_gate)
        {
            _isOffline = !isOnline;
            if (!isOnline) _state = null;
        }

        Watch();
    }

    /// <summary>Tells when the player has become silent, or is back.</summary>
    private void Watch()
    {
        PlayerState before, state;
        string? problem;
        lock (_gate)
        {
            if (_isDisposed) return;
            (before, (state, problem)) = (_shown, Judge());
            _shown = state;
        }

        if (before == state) return;
        if (state == PlayerState.Down) Tell(PlayerEvent.Problem(problem!));
        Tell(PlayerEvent.Changed);
    }

    private (PlayerState State, string? Problem) Judge()
    {
        if (_isOffline) return (PlayerState.Down, $"the player of {_room} is offline");
        if (_state is not { } heard) return (PlayerState.Unknown, null);
        var silence = _time.GetElapsedTime(_heardStamp);
        return silence >= PlayerWire.LostAfter ? (PlayerState.Down, $"the player of {_room} has been silent for more than {PlayerWire.LostAfter.TotalSeconds:0} s")
            : (heard.State ?? PlayerState.Unknown, heard.Problem is { } problem ? Shown.Sentence(problem) : null);
    }

    private void Tell(PlayerEvent happened)
    {
        if (happened.Kind == PlayerEventKind.Problem)
        {
            lock (_gate) _lastProblem = happened.Text;
            Log.PlayerProblem(_logger, happened.Text);
        }

        Happened?.Invoke(happened);
    }
}
