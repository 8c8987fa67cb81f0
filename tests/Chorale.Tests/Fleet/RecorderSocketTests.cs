using System.Net.WebSockets;
using System.Text.Json;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Protocol.Modules;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

/// <summary>Recorders that come to the hub by a WebSocket are modules like any other.</summary>
public sealed class RecorderSocketTests : IAsyncLifetime
{
    private static readonly ModuleId Kitchen = new("kitchen");
    private TestHub _hub = null!;

    private FleetController Fleet => _hub.Host.Fleet.Fleet;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync();

    public async ValueTask DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task It_appears_is_started_and_stopped_and_its_file_is_in_the_session()
    {
        await using var recorder = await ConnectAsync("kitchen");
        var config = Fleet.Find(Kitchen)!.Status!.Config!;
        Assert.Equal((44_100, 1, "USB Audio", "recordings"), (config.SampleRateHz, config.Channels, config.Device, config.RecordingFolder));

        var start = await Fleet.StartAsync(new StartRequest { RecordingId = "s7" });
        Assert.Equal(Verdict.Confirmed, Assert.Single(start.Result.Results).Verdict);
        Assert.False(Assert.Single(start.Session!.Modules).IsSynchronised);
        Assert.Equal((ModuleState.Recording, "s7"), (Fleet.Find(Kitchen)!.Status!.State, Fleet.Find(Kitchen)!.Status!.RecordingId));

        Assert.Equal(Verdict.Confirmed, Assert.Single((await Fleet.StopAsync()).Results).Verdict);
        await Wait.Until("the session has its file", () => Fleet.FindSession("s7")!.Modules[0].Files is ["recordings/recording_s7_kitchen.wav"]);
        await Wait.Until("it is idle", () => Fleet.Find(Kitchen)!.Status!.State == ModuleState.Idle);
    }

    [Fact]
    public async Task A_recording_that_ends_by_itself_is_told_once()
    {
        await using var recorder = await ConnectAsync("kitchen");
        await Fleet.StartAsync(new StartRequest { RecordingId = "s8", Duration = TimeSpan.FromSeconds(60) });
        await recorder.CompleteAsync();
        await Wait.Until("the session is complete", () => Fleet.FindSession("s8")!.Modules[0].CompletedAt is not null);
        await Wait.Until("it is idle", () => Fleet.Find(Kitchen)!.Status!.State == ModuleState.Idle);
    }

    [Fact]
    public async Task Every_command_has_a_verdict_though_the_recorder_answers_few_of_them()
    {
        await using var recorder = await ConnectAsync("kitchen");
        Assert.Equal((Verdict.Refused, "Not recording"), await OneAsync(Fleet.StopAsync([Kitchen])));
        Assert.Equal(Verdict.Confirmed, (await OneAsync(Fleet.AskStatusAsync([Kitchen]))).Verdict);
        Assert.Equal(Verdict.Confirmed, (await OneAsync(Fleet.ConfigureAsync([Kitchen], Json("""{"samplerate":48000,"recording_dir":"/x"}"""), save: true))).Verdict);
        Assert.Equal(48_000, Fleet.Find(Kitchen)!.Status!.Config!.SampleRateHz);
        var (verdict, reason) = await OneAsync(Fleet.ConfigureAsync([Kitchen], Json("""{"samplerate":"abc"}"""), save: false));
        Assert.Equal(Verdict.Refused, verdict);
        Assert.StartsWith("Config update failed", reason);
        (verdict, reason) = await OneAsync(Fleet.MuteAsync([Kitchen], TimeSpan.FromSeconds(5)));
        Assert.Equal((Verdict.Refused, "mute: this recorder does not know it"), (verdict, reason));
        await Fleet.StartAsync(new StartRequest { RecordingId = "s9" });
        Assert.Equal((Verdict.Refused, "Already recording"), await OneAsync(StartNamedAsync("s10")));
        Assert.Equal(Verdict.Confirmed, (await OneAsync(Fleet.ShutdownAsync([Kitchen]))).Verdict);
        await Wait.Until("it is known to be gone", () => Fleet.Find(Kitchen)!.Presence == ModulePresence.Offline);
    }

    [Fact]
    public async Task One_that_is_gone_without_a_word_is_gone_at_once_and_a_newer_connection_takes_its_name()
    {
        await using var first = await ConnectAsync("kitchen");
        first.Drop();
        await Wait.Until("it is known to be gone", () => Fleet.Find(Kitchen)!.Presence == ModulePresence.Offline);

        await using var second = await ConnectAsync("kitchen");
        await using var third = await SocketRecorder.ConnectAsync(_hub.Url, "?id=kitchen");
        await Wait.Until("the one before is told", () => second.CloseReason == "another connection has this id");
        Assert.True(_hub.Log.Has("recorder_socket_replaced"));
        Assert.Equal(Verdict.Confirmed, (await OneAsync(Fleet.AskStatusAsync([Kitchen]))).Verdict);
        Assert.Equal(WebSocketState.Open, third.State);
    }

    [Fact]
    public async Task Without_an_id_it_is_known_by_its_address()
    {
        await using var one = await SocketRecorder.ConnectAsync(_hub.Url);
        await using var two = await SocketRecorder.ConnectAsync(_hub.Url);
        await Wait.Until("both are there", () => Fleet.Find(new ModuleId("127-0-0-1"))?.IsOnline == true && Fleet.Find(new ModuleId("127-0-0-1-2"))?.IsOnline == true);
    }

    [Fact]
    public async Task What_cannot_be_read_is_counted_and_what_is_too_large_ends_the_connection()
    {
        await using var recorder = await ConnectAsync("kitchen");
        foreach (var junk in (string[])["", "[]", "null", "{", """{"type":7}""", """{"type":"event"}""", """{"type":"error"}""", """{"type":"status","recording":"yes","config":[]}""", new string('[', 10_000)])
            await recorder.SayAsync(junk);
        Assert.Equal(Verdict.Confirmed, (await OneAsync(Fleet.AskStatusAsync([Kitchen]))).Verdict);
        Assert.True(_hub.Log.Has("recorder_socket_unreadable"));
        await recorder.SayAsync(new string('x', 1 << 20));
        await Wait.Until("it is disconnected", () => recorder.State != WebSocketState.Open);
        Assert.True(_hub.Log.Has("recorder_socket_too_large"));
    }

    [Fact]
    public async Task Names_tokens_and_pages_that_are_not_allowed_are_refused_with_the_reason()
    {
        await Refused("?id=..%2Fx", "400");
        await Refused("?id=kitchen&token=wrong", "401");
        await Refused("", "403", o => o.SetRequestHeader("Origin", "http://evil.example"));
        await using var known = await SocketRecorder.ConnectAsync(_hub.Url, "?id=kitchen&token=" + _hub.IssueDevice());
        await Wait.Until("it is there", () => Fleet.Find(Kitchen)?.IsOnline == true);
        using var http = new HttpClient { BaseAddress = _hub.Url };
        Assert.Equal(426, (int)(await http.GetAsync("/recorder")).StatusCode);

        async Task Refused(string query, string status, Action<ClientWebSocketOptions>? options = null) =>
            Assert.Contains($"'{status}'", (await Assert.ThrowsAsync<WebSocketException>(() => SocketRecorder.ConnectAsync(_hub.Url, query, options))).Message);
    }

    [Fact]
    public async Task A_token_speaks_for_no_other_devices_name()
    {
        var (first, second) = (_hub.IssueDevice("first"), _hub.IssueDevice("second"));
        await using var recorder = await SocketRecorder.ConnectAsync(_hub.Url, "?id=kitchen&token=" + first);
        await Wait.Until("it is there", () => Fleet.Find(Kitchen)?.IsOnline == true);
        await RefusedAsync("kitchen", second); // somebody is connected under it
        await RefusedAsync("first", second); // somebody is called so
        Assert.Contains(_hub.Log.Lines, l => l.Event == "recorder_socket_refused" && l.Text.Contains("first") && l.Text.Contains("second"));
        Assert.Equal(WebSocketState.Open, recorder.State);
        await using (await SocketRecorder.ConnectAsync(_hub.Url, "?id=kitchen&token=" + first)) await Wait.Until("its own newer connection takes the name", () => recorder.State != WebSocketState.Open);
        await Wait.Until("it is gone", () => Fleet.Find(Kitchen)!.Presence == ModulePresence.Offline);
        await using var other = await SocketRecorder.ConnectAsync(_hub.Url, "?id=kitchen&token=" + second);
        await Wait.Until("the name was free", () => Fleet.Find(Kitchen)!.IsOnline);
        await using var rightful = await SocketRecorder.ConnectAsync(_hub.Url, "?id=kitchen&token=" + _hub.IssueDevice("kitchen"));
        await Wait.Until("who is called so has the name", () => other.State != WebSocketState.Open);

        async Task RefusedAsync(string id, string token) =>
            Assert.Contains("'403'", (await Assert.ThrowsAsync<WebSocketException>(() => SocketRecorder.ConnectAsync(_hub.Url, $"?id={id}&token={token}"))).Message);
    }

    [Fact]
    public async Task The_hub_ends_at_once_with_recorders_connected()
    {
        await using var recorder = await ConnectAsync("kitchen");
        await _hub.Host.DisposeAsync().AsTask().WaitAsync(Wait.Patience);
        await Wait.Until("the recorder sees it", () => recorder.State != WebSocketState.Open);
    }

    private async Task<SocketRecorder> ConnectAsync(string id)
    {
        var recorder = await SocketRecorder.ConnectAsync(_hub.Url, "?id=" + id);
        await Wait.Until("it is there", () => Fleet.Find(new ModuleId(id)) is { IsOnline: true, Link: "websocket" });
        return recorder;
    }

    private async Task<FleetResult> StartNamedAsync(string id) => (await Fleet.StartAsync(new StartRequest { Modules = [Kitchen], RecordingId = id })).Result;

    private static async Task<(Verdict Verdict, string? Reason)> OneAsync(Task<FleetResult> result)
    {
        var one = Assert.Single((await result).Results);
        return (one.Verdict, one.Reason);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
