using System.Text;
using Chorale.Show.Devices;

namespace Chorale.Tests.Devices;

public sealed class DeviceRegistryTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly TestLog _log = new();
    private readonly List<DeviceChange> _changes = [];
    private readonly DeviceRegistry _registry;

    public DeviceRegistryTests()
    {
        _registry = new DeviceRegistry(null, _time, _log);
        _registry.Changed += _changes.Add;
        _registry.Start();
    }

    public void Dispose() => _registry.Dispose();

    [Fact]
    public void A_node_that_says_online_is_there_and_its_line_is_the_one_tools_look_for()
    {
        Assert.Equal(DeviceHearing.Presence, Hear("esp32_01", "Online"));
        Assert.Equal(DevicePresence.Online, Presence("esp32_01"));
        Assert.Contains(_log.Lines, l => l.Text == "Device esp32_01 status: online" && l.Level == Microsoft.Extensions.Logging.LogLevel.Debug);
        Assert.Single(_registry.Connected);
    }

    [Fact]
    public void A_retained_online_proves_nothing_until_the_node_is_heard()
    {
        Hear("esp32_01", "online", retained: true);
        Assert.Equal(DevicePresence.Unknown, Presence("esp32_01"));
        Assert.Empty(_registry.Connected);
        Hear("esp32_01", "online");
        Assert.Equal(DevicePresence.Online, Presence("esp32_01"));
        Hear("esp32_01", "offline", retained: true); // a kept word of the past does not take it away
        Assert.Equal(DevicePresence.Online, Presence("esp32_01"));
    }

    [Fact]
    public void A_retained_offline_is_an_absence_without_an_outage()
    {
        Hear("esp32_01", "offline", retained: true);
        Assert.Equal(DevicePresence.Offline, Presence("esp32_01"));
        Assert.Null(_registry.Find("esp32_01")!.OpenOutageAt);
    }

    [Fact]
    public void The_Will_takes_it_away_and_its_return_ends_an_outage_of_that_length()
    {
        Hear("esp32_01", "online");
        _time.Advance(TimeSpan.FromSeconds(7));
        Hear("esp32_01", "offline");
        Assert.Equal(DevicePresence.Offline, Presence("esp32_01"));
        Assert.NotNull(_registry.Find("esp32_01")!.OpenOutageAt);
        _time.Step(TimeSpan.FromHours(3)); // the wall clock is set meanwhile
        _time.Advance(TimeSpan.FromSeconds(31));
        Hear("esp32_01", "online");
        var view = _registry.Find("esp32_01")!;
        Assert.Equal((1, TimeSpan.FromSeconds(31), 2), (view.Outages, view.OutageTotal, view.Session));
        Assert.Equal(TimeSpan.FromSeconds(31), Assert.Single(view.LastOutages).Length);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    public void A_node_that_beats_is_late_after_two_and_a_half_periods_and_lost_after_four(double period)
    {
        Beat("esp32_01", period, 5);
        Assert.Equal(TimeSpan.FromSeconds(period), _registry.Find("esp32_01")!.Period);
        _time.Advance(TimeSpan.FromSeconds(period * 2.4));
        Assert.Equal(DevicePresence.Online, Presence("esp32_01"));
        _time.Advance(TimeSpan.FromSeconds(period * 0.4));
        Assert.Equal(DevicePresence.Late, Presence("esp32_01"));
        _time.Advance(TimeSpan.FromSeconds(period * 1.4));
        Assert.Equal(DevicePresence.Lost, Presence("esp32_01"));
        Hear("esp32_01", "online");
        Assert.Equal((DevicePresence.Online, 1), (Presence("esp32_01"), _registry.Find("esp32_01")!.Outages));
    }

    [Fact]
    public void A_node_that_says_online_once_rests_on_its_Will_alone()
    {
        Hear("old", "online");
        _time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(DevicePresence.Online, Presence("old"));
        Hear("old", "OFFLINE");
        Assert.Equal(DevicePresence.Offline, Presence("old"));
    }

    [Fact]
    public void An_OK_on_its_status_is_an_answer_and_shows_that_it_lives()
    {
        Assert.Equal(DeviceHearing.Confirmation, Hear("old", "OK"));
        Assert.Equal(DevicePresence.Online, Presence("old"));
        Assert.Equal(DeviceHearing.Confirmation, Hear("other", "ERROR", retained: true));
        Assert.Equal(DevicePresence.Unknown, Presence("other"));
    }

    [Fact]
    public void The_Will_of_an_old_connection_is_taken_back_when_the_beat_goes_on_in_step()
    {
        Beat("esp32_01", 5, 5);
        _time.Advance(TimeSpan.FromSeconds(2));
        Hear("esp32_01", "offline");
        Assert.Equal(DevicePresence.Offline, Presence("esp32_01")); // the safe side, at once
        _time.Advance(TimeSpan.FromSeconds(3));
        Hear("esp32_01", "online");
        var view = _registry.Find("esp32_01")!;
        Assert.Equal((DevicePresence.Online, 0, 1, null), (view.Presence, view.Outages, view.Session, view.OpenOutageAt));
        Assert.Contains("beats on", view.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reboot_out_of_step_is_an_outage_however_short()
    {
        Beat("esp32_01", 5, 5);
        _time.Advance(TimeSpan.FromSeconds(1));
        Hear("esp32_01", "offline");
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Hear("esp32_01", "online");
        Assert.Equal((1, 2), (_registry.Find("esp32_01")!.Outages, _registry.Find("esp32_01")!.Session));
    }

    [Fact]
    public void Coming_and_going_once_a_second_is_one_alarm_and_ends_after_a_calm_minute()
    {
        for (var n = 0; n < 60; n++)
        {
            Hear("esp32_01", n % 2 == 0 ? "online" : "offline");
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Single(_changes, c => c.Kind == DeviceChangeKind.AlarmRaised && c.Alarm == "flapping");
        Assert.InRange(_log.Lines.Count(l => l.Event is "device_presence" or "device_gone"), 1, 8);
        Hear("esp32_01", "online");
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Single(_changes, c => c.Kind == DeviceChangeKind.AlarmEnded && c.Alarm == "flapping");
    }

    [Fact]
    public void Two_nodes_that_throw_each_other_out_are_told_apart_from_a_bad_line()
    {
        Hear("esp32_01", "online");
        for (var n = 0; n < 4; n++)
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            Hear("esp32_01", "offline");
            Hear("esp32_01", "online");
        }

        Assert.Single(_changes, c => c.Kind == DeviceChangeKind.AlarmRaised && c.Alarm == "double_id");
    }

    [Fact]
    public void Two_nodes_that_beat_under_one_name_are_noticed_by_their_two_rhythms()
    {
        for (var n = 0; n < 12; n++)
        {
            Hear("esp32_01", "online");
            _time.Advance(TimeSpan.FromSeconds(1.5));
            Hear("esp32_01", "online");
            _time.Advance(TimeSpan.FromSeconds(3.5));
        }

        Assert.Single(_changes, c => c.Kind == DeviceChangeKind.AlarmRaised && c.Alarm == "double_id");
    }

    [Fact]
    public void One_node_with_an_unsteady_beat_raises_no_alarm()
    {
        var random = new Random(5);
        for (var n = 0; n < 200; n++)
        {
            Hear("esp32_01", "online");
            _time.Advance(TimeSpan.FromSeconds(5 + random.NextDouble() * 0.4));
        }

        Assert.DoesNotContain(_changes, c => c.Kind == DeviceChangeKind.AlarmRaised);
        Assert.InRange(_registry.Find("esp32_01")!.Period!.Value.TotalSeconds, 5, 5.5);
    }

    [Fact]
    public void While_the_broker_is_gone_nobody_is_known_and_nobody_is_blamed()
    {
        Beat("esp32_01", 5, 5);
        _registry.LinkLost();
        Assert.Equal(DevicePresence.Unknown, Presence("esp32_01"));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal((DevicePresence.Unknown, null), (Presence("esp32_01"), _registry.Find("esp32_01")!.OpenOutageAt));
        _registry.LinkBack();
        _time.Advance(TimeSpan.FromSeconds(3));
        Hear("esp32_01", "online");
        Assert.Equal((DevicePresence.Online, 0), (Presence("esp32_01"), _registry.Find("esp32_01")!.Outages));
    }

    [Fact]
    public void A_node_that_beat_before_the_broker_went_and_does_not_afterwards_is_lost()
    {
        Beat("esp32_01", 5, 5);
        _registry.LinkLost();
        _registry.LinkBack();
        _time.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(DevicePresence.Lost, Presence("esp32_01"));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("dëvice")]
    public void A_name_that_is_none_is_refused_and_counted(string id)
    {
        Assert.Equal(DeviceHearing.Refused, Hear(id, "online"));
        Assert.Empty(_registry.Devices);
        Assert.Equal(1, _registry.Refused);
    }

    [Fact]
    public void Ten_thousand_invented_names_fill_neither_the_memory_nor_the_log_and_keep_no_known_node_out()
    {
        _registry.Expect(["Room1_Relays_Ctrl"]);
        for (var n = 0; n < 10_000; n++) Hear($"evil{n}", "online");
        Hear("Room1_Relays_Ctrl", "online");
        Assert.Equal(DeviceRegistry.UnexpectedMax + 1, _registry.Devices.Count);
        Assert.Equal(10_000 - DeviceRegistry.UnexpectedMax, _registry.Refused);
        Assert.Equal(DevicePresence.Online, Presence("Room1_Relays_Ctrl"));
        Assert.InRange(_log.Lines.Count(l => l.Event == "device_refused"), 1, 14);
    }

    [Fact]
    public void Words_that_are_none_are_counted_and_change_nothing()
    {
        Hear("esp32_01", "online");
        foreach (var word in new[] { "", "on", "\u001b[2J", new string('x', 100_000) }) Assert.Equal(DeviceHearing.Unreadable, Hear("esp32_01", word));
        _registry.Heard("esp32_01", [0xff, 0xfe], false);
        Assert.Equal((DevicePresence.Online, 5), (Presence("esp32_01"), _registry.Unreadable));
        Assert.All(_log.Lines, l => Assert.DoesNotContain(l.Text, char.IsControl));
    }

    [Fact]
    public void Cleared_it_knows_only_the_nodes_of_the_rooms_files()
    {
        _registry.Expect(["Room1_Relays_Ctrl"]);
        Hear("Room1_Relays_Ctrl", "online");
        Hear("esp32_01", "online");
        _registry.Clear();
        Assert.Equal(["Room1_Relays_Ctrl"], _registry.Devices.Select(d => d.Id));
        Assert.Equal(DevicePresence.Unknown, Presence("Room1_Relays_Ctrl"));
    }

    private DeviceHearing Hear(string id, string word, bool retained = false) => _registry.Heard(id, Encoding.UTF8.GetBytes(word), retained);

    private void Beat(string id, double seconds, int times)
    {
        Hear(id, "online");
        for (var n = 1; n < times; n++)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Hear(id, "online");
        }
    }

    private DevicePresence Presence(string id) => _registry.Find(id)!.Presence;
}
