using Chorale.Fleet.Presence;

namespace Chorale.Tests.Fleet;

public sealed class PresenceTests
{
    private readonly ManualTime _time = new();
    private readonly PresenceTrack _track;

    public PresenceTests() => _track = new PresenceTrack(_time);

    [Fact]
    public void A_retained_online_proves_nothing_until_something_is_heard()
    {
        var saidAt = _time.GetUtcNow() - TimeSpan.FromDays(3);
        Hear(isRetained: true, saidAt: saidAt);
        Assert.Equal(ModulePresence.Unknown, _track.Presence);
        Assert.Equal(saidAt, _track.LastSeenAt);
        Assert.Null(_track.SilentFor);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(_track.Evaluate());
        Assert.Equal(ModulePresence.Unknown, _track.Presence);
        _track.Heard();
        Assert.Equal(ModulePresence.Online, _track.Presence);
    }

    [Theory]
    [InlineData(74.9, ModulePresence.Online)]
    [InlineData(75.1, ModulePresence.Late)]
    [InlineData(119.9, ModulePresence.Late)]
    [InlineData(120.1, ModulePresence.Lost)]
    [InlineData(86_400 + 3, ModulePresence.Lost)] // a day and three seconds: the seconds part alone looks young
    public void Silence_is_late_after_two_and_a_half_heartbeats_and_lost_after_four(double silentSeconds, ModulePresence expected)
    {
        Hear();
        _time.Advance(TimeSpan.FromSeconds(silentSeconds));
        _track.Evaluate();
        _track.Evaluate();
        Assert.Equal(expected, _track.Presence);
    }

    [Fact]
    public void A_declared_heartbeat_counts_and_none_means_that_silence_proves_nothing()
    {
        Hear(heartbeat: TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(8.5));
        _track.Evaluate();
        Assert.Equal(ModulePresence.Lost, _track.Presence);

        Hear(heartbeat: TimeSpan.Zero);
        _time.Advance(TimeSpan.FromDays(30));
        Assert.Null(_track.Evaluate());
        Assert.Equal(ModulePresence.Online, _track.Presence);
    }

    [Fact]
    public void A_regular_beat_is_learned_and_statuses_that_somebody_asked_for_are_not()
    {
        for (var i = 0; i < 6; i++)
        {
            Hear();
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(5, _track.Heartbeat!.Value.TotalSeconds, 1);

        var other = new PresenceTrack(_time);
        for (var i = 0; i < 20; i++)
        {
            other.HeardStatus(false, false, isSolicited: true, null, null, null, out _);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(30, other.Heartbeat!.Value.TotalSeconds);
    }

    [Fact]
    public void A_step_of_the_wall_clock_takes_no_module_away()
    {
        Hear();
        _time.Step(TimeSpan.FromHours(5));
        Assert.Null(_track.Evaluate());
        _time.Step(TimeSpan.FromDays(-400));
        Assert.Null(_track.Evaluate());
        Assert.Equal(ModulePresence.Online, _track.Presence);
        Assert.Equal(TimeSpan.Zero, _track.SilentFor);
    }

    [Fact]
    public void The_will_of_an_old_session_is_ignored_and_that_of_the_current_one_counts()
    {
        Hear(session: 7);
        Hear(session: 8);
        Assert.Equal(StatusWeight.OldWill, Goodbye(session: 7));
        Assert.Equal(ModulePresence.Online, _track.Presence);
        Assert.Equal(StatusWeight.Live, Goodbye(session: 8));
        Assert.Equal(ModulePresence.Offline, _track.Presence);
    }

    [Fact]
    public void A_kept_goodbye_is_believed_only_of_a_module_that_has_not_spoken_since()
    {
        Goodbye(isRetained: true);
        Assert.Equal(ModulePresence.Offline, _track.Presence);
        Hear();
        Goodbye(isRetained: true);
        Assert.Equal(ModulePresence.Online, _track.Presence);
    }

    [Fact]
    public void Flapping_once_a_second_is_one_alarm_that_ends_by_itself()
    {
        Hear();
        var raised = 0;
        var was = false;
        for (var i = 0; i < 200; i++)
        {
            if (i % 2 == 0) Goodbye();
            else Hear();
            if (_track.IsFlapping && !was) raised++;
            was = _track.IsFlapping;
            _time.Advance(TimeSpan.FromSeconds(1));
            _track.Evaluate();
        }

        Assert.Equal(1, raised);
        Assert.True(_track.IsFlapping);
        Hear(heartbeat: TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(61));
        _track.Evaluate();
        Assert.False(_track.IsFlapping);
    }

    [Fact]
    public void Two_modules_with_one_id_are_noticed_and_a_late_message_of_an_old_session_is_not_one()
    {
        Hear(session: 3);
        Hear(session: 4);
        Hear(session: 3); // delivered late
        Hear(session: 5);
        Assert.False(_track.IsDoubleId);

        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(15));
            Hear(session: 90);
            _time.Advance(TimeSpan.FromSeconds(15));
            Hear(session: 5);
        }

        Assert.True(_track.IsDoubleId);
        Assert.Equal(ModulePresence.Online, _track.Presence);
    }

    [Fact]
    public void A_lost_broker_makes_modules_unknown_and_not_lost()
    {
        Hear();
        Assert.Equal(ModulePresence.Unknown, _track.LinkLost()!.To);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(_track.Evaluate());
        Hear();
        Assert.Equal(ModulePresence.Online, _track.Presence);
        Assert.False(_track.IsFlapping);
    }

    private StatusWeight Hear(bool isRetained = false, long? session = null, TimeSpan? heartbeat = null, DateTimeOffset? saidAt = null) =>
        _track.HeardStatus(isRetained, false, false, session, heartbeat, saidAt, out _);

    private StatusWeight Goodbye(long? session = null, bool isRetained = false) =>
        _track.HeardStatus(isRetained, true, true, session, null, null, out _);
}
