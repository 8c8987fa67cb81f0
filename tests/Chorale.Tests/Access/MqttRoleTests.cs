using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Access;

/// <summary>Every role on every topic, against mosquitto itself. The table is the whole truth: what it does not allow must not happen.</summary>
public sealed class MqttRoleTests
{
    /// <summary>r = hears it, w = may publish it; of mic1, hub and the node relays. mic2 stands for everybody else's topics.</summary>
    private static readonly (string Topic, string Mic1, string Hub, string Relays)[] Table =
    [
        ("lab/audio/mic1/command", "r", "w", ""),
        ("lab/audio/mic1/clock", "r", "w", ""),
        ("lab/audio/mic1/status", "rw", "r", ""),
        ("lab/audio/mic1/response", "w", "r", ""),
        ("lab/audio/mic1/data", "w", "r", ""),
        ("lab/audio/mic1/levels", "w", "r", ""),
        ("lab/audio/mic1/clock/reply", "w", "r", ""),
        ("lab/audio/mic1/other", "", "", ""),
        ("lab/audio/mic2/command", "", "w", ""),
        ("lab/audio/mic2/clock", "", "w", ""),
        ("lab/audio/mic2/status", "", "r", ""),
        ("lab/audio/mic2/response", "", "r", ""),
        ("lab/audio/mic2/data", "", "r", ""),
        ("lab/audio/mic2/clock/reply", "", "r", ""),
        ("lab/audio/mic1", "", "", ""),
        ("rslogger/audio/mic1/status", "", "", ""),
        ("room1/light/1", "", "", "r"),
        ("room1/motor1", "", "", "r"),
        ("room1/STOP", "", "", "r"),
        ("room1/light/1/feedback", "", "", "w"),
        ("room1/STOP/feedback", "", "", "w"),
        ("room1/scene", "", "", "w"),
        ("room1/status", "", "", "w"),
        ("room1/light/2", "", "", ""),
        ("room1/light/2/feedback", "", "", ""),
        ("room2/light/1", "", "", ""),
        ("room2/STOP", "", "", ""),
        ("devices/relays/status", "", "", "w"),
        ("devices/others/status", "", "", ""),
        ("homeassistant/sensor/config", "", "", ""),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Users => ["mic1", "hub", "relays"];

    [Theory]
    [MemberData(nameof(Users))]
    public async Task A_role_publishes_exactly_what_it_may_kept_messages_included(string user)
    {
        await using var roles = await BrokerWithRoles.StartAsync();
        var (observer, heard) = await roles.ObserverAsync();
        await using var client = roles.Client(user);
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);

        var refused = new List<string>();
        foreach (var (topic, _, _, _) in Table)
        {
            foreach (var retain in new[] { false, true })
            {
                var delivery = await client.PublishAsync(Text(topic, retain ? "kept" : "live") with { Qos = 1, Retain = retain }, Cancel);
                if (delivery.Outcome == MqttOutcome.Refused) refused.Add(topic);
            }
        }

        await SayAsync(roles, "end of the live ones");
        await Wait.Until("the end is heard", () => heard.Texts.Contains("end of the live ones"));
        await observer.DisposeAsync();
        var allowed = Table.Where(r => Right(r, user).Contains('w')).Select(r => r.Topic).ToList();
        Assert.NotEmpty(allowed);
        Assert.Equal(Table.Select(r => r.Topic).Except(allowed), refused.Distinct());
        Assert.Equal(allowed, heard.All.Select(m => m.Topic).Distinct().Where(t => t != "end"));

        // Who comes later finds the kept ones, and only those.
        var (later, kept) = await roles.ObserverAsync();
        await SayAsync(roles, "end of the kept ones");
        await Wait.Until("the end is heard", () => kept.Texts.Contains("end of the kept ones"));
        Assert.Equal(allowed.Order(), kept.All.Select(m => m.Topic).Where(t => t != "end").Order());
        await later.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Users))]
    public async Task A_role_hears_exactly_what_it_may_whatever_it_subscribes_to(string user)
    {
        await using var roles = await BrokerWithRoles.StartAsync();
        await using var observer = roles.Client("observer");
        observer.Start();
        await Wait.Until("connected", () => observer.IsConnected);
        foreach (var (topic, _, _, _) in Table) await observer.PublishAsync(Text(topic, "kept") with { Qos = 1, Retain = true }, Cancel);
        HeardMessages everything = new(), levels = new(), exact = new();
        await using var client = roles.Client(user);
        client.Subscribe("#", 1, everything.Add);
        client.Subscribe("+/+/+/+", 1, levels.Add);
        foreach (var (topic, _, _, _) in Table) client.Subscribe(topic, 1, exact.Add);
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);
        foreach (var (topic, _, _, _) in Table) Assert.True((await observer.PublishAsync(Text(topic, "live") with { Qos = 1 }, Cancel)).IsDelivered);

        var allowed = Table.Where(r => Right(r, user).Contains('r')).Select(r => r.Topic).ToList();
        Assert.NotEmpty(allowed);
        var inLevels = allowed.Where(t => t.Split('/').Length == 4).SelectMany(t => new[] { $"{t} kept", $"{t} live" }).Order().ToList();
        await Wait.Until("all that is allowed is heard", () => exact.Count >= 2 * allowed.Count && everything.Count >= 2 * allowed.Count && levels.Count >= inLevels.Count);
        Assert.Equal(allowed.SelectMany(t => new[] { $"{t} kept", $"{t} live" }).Order(), everything.Texts.Order());
        Assert.Equal(everything.Texts.Order(), exact.Texts.Order());
        Assert.Equal(inLevels, levels.Texts.Order());
    }

    [Theory]
    [MemberData(nameof(Users))]
    public async Task A_Will_is_said_only_where_its_owner_might_have_spoken(string user)
    {
        await using var roles = await BrokerWithRoles.StartAsync();
        var (observer, heard) = await roles.ObserverAsync();
        // The unlawful ones are cut off first: once a lawful Will is heard, theirs would have been.
        foreach (var mayWrite in new[] { false, true })
        {
            await using var line = new TcpFaultProxy(roles.Broker.Port);
            var clients = Table.Where(r => Right(r, user).Contains('w') == mayWrite)
                .Select(r => roles.Client(user, o => o with { Port = line.Port, Will = Text(r.Topic, "the last word") with { Qos = 1, Retain = true } })).ToList();
            foreach (var client in clients) client.Start();
            await Wait.Until("each is connected or refused", () => clients.TrueForAll(c => c.IsConnected || c.LastFailure is not null));
            line.Fault = LineFault.Refuse;
            line.CutAll();
            await Wait.Until("all are cut off", () => clients.TrueForAll(c => !c.IsConnected));
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }

        var allowed = Table.Where(r => Right(r, user).Contains('w')).Select(r => r.Topic).ToList();
        await Wait.Until("the lawful Wills are heard", () => heard.Count >= allowed.Count);
        Assert.Equal(allowed.Order(), heard.All.Select(m => m.Topic).Order());
        await observer.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_unknown_comes_in_and_a_revoked_one_is_thrown_out()
    {
        await using var roles = await BrokerWithRoles.StartAsync();
        await using var anonymous = roles.Broker.Client();
        await using var stranger = roles.Broker.Client(o => o with { UserName = "mic1", Password = "guessed" });
        await using var mic1 = roles.Client("mic1");
        await using var mic2 = roles.Client("mic2");
        foreach (var client in new[] { anonymous, stranger, mic1, mic2 }) client.Start();
        await Wait.Until("two are in and two are not", () => mic1.IsConnected && mic2.IsConnected && anonymous.LastFailure is not null && stranger.LastFailure is not null);

        Assert.True(roles.Access.RemoveMqttUser("mic1"));
        roles.Write();
        Assert.True(BrokerProcess.TryReload(roles.Folder));

        await Wait.Until("mic1 is thrown out and not let in again", () => mic1.LastFailure?.Contains("refused") == true);
        Assert.True(mic2.IsConnected);
        Assert.Equal(0, mic2.Counters.Reconnects);
        Assert.False(anonymous.IsConnected || stranger.IsConnected);
        Assert.False(BrokerProcess.TryReload("/no/such/folder"));
    }

    /// <summary>The broker takes one packet after the other: what was acknowledged before reaches an observer before this.</summary>
    private static async Task SayAsync(BrokerWithRoles roles, string text)
    {
        await using var other = roles.Client("observer");
        other.Start();
        await Wait.Until("connected", () => other.IsConnected);
        Assert.True((await other.PublishAsync(Text("end", text["end ".Length..]) with { Qos = 1 }, Cancel)).IsDelivered);
    }

    private static string Right((string Topic, string Mic1, string Hub, string Relays) row, string user) => user switch
    {
        "mic1" => row.Mic1,
        "hub" => row.Hub,
        _ => row.Relays,
    };
}
