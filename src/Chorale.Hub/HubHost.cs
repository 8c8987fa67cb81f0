using System.Net;
using Chorale.Archive.Copies;
using Chorale.Archive.Index;
using Chorale.Archive.Peaks;
using Chorale.Archive.Retention;
using Chorale.Archive.Store;
using Chorale.Fleet;
using Chorale.Hub.Access;
using Chorale.Hub.Api;
using Chorale.Hub.Audit;
using Chorale.Hub.Book;
using Chorale.Hub.Fleet;
using Chorale.Hub.Health;
using Chorale.Hub.Jobs;
using Chorale.Hub.Listening;
using Chorale.Hub.Settings;
using Chorale.Hub.Show;
using Chorale.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub;

/// <summary>The hub in this process: index, store, credentials, HTTP, in this order; disposing stops them in the reverse.</summary>
public sealed class HubHost : IAsyncDisposable
{
    private readonly HubParts _parts;
    private readonly FolderLock _folder;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _loops;
    private readonly ILogger _log;
    private int _isDisposed;

    private HubHost(HubParts parts, HubHealth health, FolderLock folder, WebApplication app)
    {
        (_parts, _folder, _app) = (parts, folder, app);
        _log = parts.Logs.CreateLogger("Chorale.Hub");
        var retention = new ArchiveRetention(parts.Index, parts.Store.Folder, () => parts.Keep.Limits, ArchiveRetention.FreeBytes, parts.Ages, parts.Time, parts.Logs);
        var outlines = new OutlineLoop(parts.Index, parts.Store.Folder, () => parts.Store.UnderWay, parts.Time, parts.Logs);
        parts.Store.Committed += outlines.Offer;
        _loops =
        [
            Task.Run(() => retention.RunAsync(_stopping.Token)), Task.Run(() => outlines.RunAsync(_stopping.Token)), health.Databases.RunAsync(_stopping.Token),
            Task.Run(() => health.RunAsync(_stopping.Token)),
            new UploadStory(parts.Book, parts.Store, parts.Index, IsModule, parts.Time).RunAsync(_stopping.Token),
            Task.Run(() => new RecorderStory(parts.Book, parts.Index, IsModule, parts.Time, parts.Logs.CreateLogger("Chorale.Hub.Book")).RunAsync(_stopping.Token)),
        ];

        bool IsModule(string name) => ModuleId.IsValid(name) && parts.Fleet.Fleet.Find(new ModuleId(name)) is not null;
    }

    /// <summary>Addresses it really listens on, <c>http://127.0.0.1:8080</c>.</summary>
    public IReadOnlyList<string> Addresses =>
        [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>Credentials and devices.</summary>
    public AccessStore Tokens => _parts.Access;

    public ArchiveIndex Index => _parts.Index;

    public ArchiveStore Store => _parts.Store;

    internal EventBook Book => _parts.Book;

    /// <summary>Second copies of chunks that have not come yet.</summary>
    public CopyFolder LiveCopies => _parts.Live.Copies;

    internal Listening.LiveDesk Live => _parts.Live;

    /// <summary>Everything that can be asked of it.</summary>
    internal IEnumerable<Endpoint> Endpoints => ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints);

    internal FleetDesk Fleet => _parts.Fleet;

    internal ShowDesk Show => _parts.Show;

    /// <summary>Who did what.</summary>
    internal AuditLog Audit => _parts.Audit;

    /// <summary>The one-time link that makes the first user, to be shown once; null where there are users or operators. An earlier one ends.</summary>
    public string? MakeFirstLink()
    {
        if (!_parts.Callers.IsFirstStart || _parts.Access.Links.MakeFirst() is not { } secret) return null;
        var address = Addresses.FirstOrDefault(a => a.StartsWith("https:", StringComparison.Ordinal)) ?? Addresses[0];
        return address.Replace("//0.0.0.0:", $"//{Environment.MachineName}:", StringComparison.Ordinal).Replace("//[::]:", $"//{Environment.MachineName}:", StringComparison.Ordinal) + Links.Path(secret);
    }

    /// <exception cref="HubStartException">It cannot start here; the message says what to do.</exception>
    public static async Task<HubHost> StartAsync(HubSettings settings, TimeProvider time, ILoggerFactory logs, CancellationToken cancel = default)
    {
        var owned = new Stack<IAsyncDisposable>();
        try
        {
            var folder = FolderLock.Take(settings.DataFolder);
            owned.Push(new Disposal(folder));
            var ages = new AgeClock(time, settings.DataFolder);
            var book = EventBook.Open(settings.DataFolder, new BookLimits(settings.LogKeepFor, settings.LogRowsMax), ages, time, logs);
            owned.Push(book);
            logs = new BookLogs(logs, book);
            var index = ArchiveIndex.Open(settings.DataFolder);
            owned.Push(new Disposal(index));
            var store = ArchiveStore.Open(settings.DataFolder, index, time, logs);
            owned.Push(store);
            var access = AccessStore.Open(settings.DataFolder, time);
            owned.Push(new Disposal(access));
            var fleet = FleetDesk.Start(settings, $"chorale-hub-{Convert.ToHexStringLower(access.Key("mqtt"))[..10]}", time, logs);
            fleet.Sockets.CanSend = access.CanSend;
            owned.Push(fleet);
            fleet.KeepIn(book);
            var copies = CopyFolder.Open(settings.DataFolder, store, index, CopyOptions.Default with { BytesMax = settings.LiveBytesMax, KeepAfter = settings.LiveKeepAfter }, time, logs);
            owned.Push(copies);
            var live = new LiveDesk(index, access, copies, fleet.Fleet, time);
            owned.Push(live);
            var show = ShowDesk.Start(settings, fleet, book, $"chorale-show-{Convert.ToHexStringLower(access.Key("mqtt"))[..9]}", time, logs);
            owned.Push(show);
            var jobs = JobDesk.Open(settings.DataFolder, settings.FreeBytesFloor, ArchiveRetention.FreeBytes, fleet.Live, time, logs);
            owned.Push(jobs);
            var audit = AuditLog.Open(settings.DataFolder, ages, logs);
            owned.Push(audit);
            var parts = new HubParts(settings, index, store, access, fleet, show, jobs, live, audit, time, logs) { Book = book, Ages = ages, Keep = KeepRule.Open(settings, time, logs) };
            var health = new HubHealth(parts);
            var app = Build(parts, health);
            owned.Push(app);
            await StartAsync(app, settings, cancel);
            var host = new HubHost(parts, health, folder, app);
            host.Announce();
            return host;
        }
        catch
        {
            while (owned.TryPop(out var part)) await part.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes no more requests, gives those under way two seconds, commits what has arrived, closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _parts.Show.DisposeAsync(); // its last word is STOP
        await _parts.Jobs.DisposeAsync();
        await _parts.Live.DisposeAsync(); // its streams too
        await _parts.Fleet.DisposeAsync(); // its streams would hold the server up
        using (var grace = new CancellationTokenSource(HubLimits.StopGrace, _parts.Time))
            await _app.StopAsync(grace.Token);
        await _app.DisposeAsync();
        await _parts.Audit.DisposeAsync();
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        await _parts.Live.Copies.DisposeAsync();
        await _parts.Store.DisposeAsync();
        _parts.Access.Dispose();
        _parts.Index.Dispose();
        Log.Stopped(_log);
        await _parts.Book.DisposeAsync();
        _folder.Dispose();
    }

    private static WebApplication Build(HubParts parts, HubHealth health)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogs(parts.Logs));
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton<IHostLifetime>(new NoLifetime());
        builder.Services.AddRouting();
        builder.Services.AddOpenApi(OpenApiShape.Apply);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => HubLimits.Apply(kestrel, parts.Settings));
        var app = builder.Build();
        app.UseRouting();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = HubLimits.SocketPing, KeepAliveTimeout = HubLimits.SocketPing });
        app.Use(next => new AuditTrail(parts, next).InvokeAsync);
        app.Use(next => new OperatorGate(parts, next).InvokeAsync);
        HealthApi.Map(app, parts, health);
        StatusApi.Map(app, health);
        StorageApi.Map(app, parts, health);
        ChunksApi.Map(app, parts);
        MyceliaApi.Map(app, parts);
        LoginApi.Map(app, parts);
        SessionApi.Map(app, parts);
        UsersApi.Map(app, parts);
        TokensApi.Map(app, parts);
        AuditApi.Map(app, parts);
        AdminApi.Map(app, parts);
        InternalApi.Map(app, parts);
        RecorderSocketApi.Map(app, parts, parts.Fleet.Stopping);
        app.MapOpenApi("/api/v2/openapi.json");
        V2Api.Map(app, parts);
        LogApi.Map(app, parts);
        FleetApi.Map(app, parts.Fleet);
        RoomsApi.Map(app, parts);
        ScenesApi.Map(app, parts);
        DevicesApi.Map(app, parts);
        DashboardApi.Map(app, parts);
        DashboardFilesApi.Map(app, parts);
        JobsApi.Map(app, parts);
        SessionTracksApi.Map(app, parts);
        EventsApi.Map(app, parts);
        LiveApi.Map(app, parts);
        return app;
    }

    private static async Task StartAsync(WebApplication app, HubSettings settings, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            var taken = settings.Listen.Where(l => e.Message.Contains($":{l.Port}", StringComparison.Ordinal)).Select(l => l.Port).FirstOrDefault();
            throw new HubStartException($"port {taken} is in use by another program; `ss -ltnp 'sport = :{taken}'` names it. Stop it, or set another listen address", e);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
        {
            throw new HubStartException($"cannot listen on {string.Join(", ", settings.Listen)}: {e.Message}", e);
        }
    }

    private void Announce()
    {
        Log.Started(_log, string.Join(" ", Addresses), Path.GetFullPath(_parts.Settings.DataFolder));
        foreach (var listen in _parts.Settings.Listen.Where(l => !l.IsLoopback && (l.IsPlain || _parts.Settings.CertificateFile is null)))
            Log.PlainBeyondLoopback(_log, listen.ToString());
        var (free, floor) = (ArchiveRetention.FreeBytes(_parts.Store.Folder), _parts.Settings.FreeBytesFloor);
        if (free < floor) Log.UnderFloor(_log, free / 1_000_000, Path.GetFullPath(_parts.Settings.DataFolder), floor / 1_000_000);
    }

    private sealed class Disposal(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Signals belong to the entry point.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The hub cannot start, for a reason that a person can change.</summary>
public sealed class HubStartException(string message, Exception? inner = null) : Exception(message, inner);
