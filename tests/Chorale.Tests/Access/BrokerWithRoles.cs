using Chorale.Hub.Access;
using Chorale.Mqtt;

namespace Chorale.Tests.Access;

/// <summary>A broker with the files that the hub writes, a user of every role, and an observer who may do everything.</summary>
internal sealed class BrokerWithRoles : IAsyncDisposable
{
    public const string Base = "lab/audio";

    private readonly TempFolder _folder;
    private readonly Dictionary<string, string> _passwords = [];

    private BrokerWithRoles(TempFolder folder, AccessStore access)
    {
        (_folder, Access) = (folder, access);
        Add(new MqttUser("mic1", MqttRole.Recorder, Base, [], [], default));
        Add(new MqttUser("mic2", MqttRole.Recorder, Base, [], [], default));
        Add(new MqttUser("hub", MqttRole.Controller, Base, [], [], default));
        Add(new MqttUser("relays", MqttRole.Node, "room1", ["light/1", "motor1"], ["scene"], default));
    }

    public AccessStore Access { get; }

    public TestBroker Broker { get; private set; } = null!;

    public string Folder => _folder.Path;

    public static async Task<BrokerWithRoles> StartAsync()
    {
        var folder = new TempFolder();
        var roles = new BrokerWithRoles(folder, AccessStore.Open(folder.Path, TimeProvider.System));
        roles.Write();
        roles.Broker = await TestBroker.StartAsync(new BrokerSettings
        {
            Folder = folder.Path, PasswordFile = folder[MosquittoFiles.PasswordsName], AclFile = folder[MosquittoFiles.AclName],
        });
        return roles;
    }

    public void Add(MqttUser user) => _passwords[user.Name] = Access.TryAddMqttUser(user)!;

    /// <summary>The hub's files, and the observer.</summary>
    public void Write()
    {
        MosquittoFiles.Write(Folder, Access.MqttUsers());
        File.AppendAllText(_folder[MosquittoFiles.PasswordsName], $"observer:{MosquittoFiles.Hash("sees everything")}\n");
        File.AppendAllText(_folder[MosquittoFiles.AclName], "\nuser observer\ntopic readwrite #\n");
    }

    /// <summary>Not started.</summary>
    public MqttClient Client(string user, Func<MqttOptions, MqttOptions>? change = null)
        => Broker.Client(o => (change ?? (x => x))(o with { UserName = user, Password = user == "observer" ? "sees everything" : _passwords[user] }));

    public async Task<(MqttClient Client, HeardMessages Heard)> ObserverAsync()
    {
        var observer = Client("observer");
        var heard = new HeardMessages();
        observer.Subscribe("#", 1, heard.Add);
        observer.Start();
        await Wait.Until("the observer is there", () => observer.IsConnected);
        return (observer, heard);
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Access.Dispose();
        _folder.Dispose();
    }
}
