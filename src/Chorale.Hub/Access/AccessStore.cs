using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>
/// Credentials, devices and people, in <c>access.db</c>. Every question is asked of the file, or of what it said since it last changed, so that <c>chorale token revoke</c> from another
/// process holds from the next request on.
/// </summary>
public sealed class AccessStore : IDisposable
{
    public const string FileName = "access.db";

    private readonly AccessFile _file;
    private readonly TimeProvider _time;
    private readonly SenderCache _senders;

    private AccessStore(string path, TimeProvider time)
    {
        _file = new AccessFile(path, "AccessSchema.sql", "AccessMqttSchema.sql", "AccessUsersSchema.sql");
        (_time, _senders) = (time, new SenderCache(path));
        (People, Sessions, Links) = (new People(_file, time), new Sessions(_file, time), new Links(_file, time));
    }

    internal People People { get; }

    internal Sessions Sessions { get; }

    internal Links Links { get; }

    public static AccessStore Open(string dataFolder, TimeProvider time)
    {
        Directory.CreateDirectory(dataFolder);
        return new AccessStore(Path.Combine(dataFolder, FileName), time);
    }

    /// <summary>Makes a credential; its secret is in the answer and nowhere else.</summary>
    public IssuedToken Issue(CredentialKind kind, string subject) => Issue(kind, subject, Secrets.Create(kind));

    /// <summary>Registers a device if it is not yet known, and makes a token for it.</summary>
    public IssuedToken IssueDevice(string deviceId, string? pointId = null, string? registerId = null, string? zone = null)
    {
        RegisterDevice(deviceId, pointId, registerId, zone);
        return Issue(CredentialKind.Device, deviceId);
    }

    /// <summary>Registers a device if it is not yet known; the id is as <see cref="DeviceIds.TryNormalize"/> gives it.</summary>
    public bool RegisterDevice(string deviceId, string? pointId, string? registerId, string? zone) =>
        TryAddDevice(new Device(deviceId, pointId, registerId, zone, true, _time.GetUtcNow()));

    /// <summary>Stores a secret that somebody else chose.</summary>
    /// <exception cref="ArgumentException">The secret is already in use, or a user has the name that an operator is to have: who did what would not be known.</exception>
    public IssuedToken Issue(CredentialKind kind, string subject, string secret)
    {
        var id = NewId();
        Write(c =>
        {
            if (kind == CredentialKind.Operator && UserSql.FindByName(c, subject) is not null) throw new ArgumentException($"a user is called \"{subject}\"; a name that no user has is allowed", nameof(subject));
            if (CredentialSql.FindByHash(c, Secrets.Hash(secret)) is not null) throw new ArgumentException("this secret is already in use", nameof(secret));
            CredentialSql.Insert(c, id, kind, subject, Secrets.Hash(secret), NowUs);
        });
        return new IssuedToken(id, kind, subject, secret);
    }

    /// <summary>The valid credential with this secret.</summary>
    public Credential? Find(string secret)
    {
        var hash = Secrets.Hash(secret);
        var row = Read(c => CredentialSql.FindByHash(c, hash));
        // Found by an index, so the time tells how much of the hash matched, which helps nobody who cannot choose hashes; compared once more in full.
        return row is { RevokedUs: null } && Secrets.AreEqual(row.SecretSha256, hash) ? row.ToCredential() : null;
    }

    /// <summary>Revokes by credential id, or everything of a subject; returns how many were valid until now.</summary>
    public int Revoke(string idOrSubject) => Write(c => CredentialSql.Revoke(c, idOrSubject, NowUs));

    /// <summary>This one alone, never those of a subject that happens to be called like it.</summary>
    public bool RevokeOne(string id) => Write(c => CredentialSql.RevokeOne(c, id, NowUs)) == 1;

    public IReadOnlyList<Credential> List() => Read(c => CredentialSql.List(c).ConvertAll(r => r.ToCredential()));

    public bool Has(CredentialKind kind) => Read(c => CredentialSql.Has(c, kind));

    /// <summary>Also when all of them are revoked.</summary>
    public bool HadEver(CredentialKind kind) => Read(c => CredentialSql.HadEver(c, kind));

    /// <summary>Whose signed token this is: the subject in <paramref name="claim"/>, while the very credential that it was signed for is valid.</summary>
    public string? SubjectOf(JsonObject claims, CredentialKind kind, string claim) =>
        (string?)claims[claim] is { } subject && (string?)claims[TokenSigner.CredentialClaim] is { } id && Read(c => CredentialSql.IsValid(c, kind, subject, id)) ? subject : null;

    /// <summary>True while there is a valid credential of this subject.</summary>
    public bool IsValidSubject(CredentialKind kind, string subject) => Read(c => CredentialSql.IsValidSubject(c, kind, subject));

    /// <summary>The enabled device whose valid token this is.</summary>
    public Device? FindSender(string secret)
    {
        var hash = Secrets.Hash(secret);
        if (_senders.Find(hash, out var version) is { } known) return known;
        if (Find(secret) is not { Kind: CredentialKind.Device } credential || FindDevice(credential.Subject) is not { IsEnabled: true } device) return null;
        _senders.Remember(hash, device, version);
        return device;
    }

    /// <summary>True while whoever has this id in the archive can send to it: an enabled device with a valid token, or a client with a valid secret.</summary>
    public bool CanSend(string recorderId) =>
        IsValidSubject(CredentialKind.Client, recorderId) || (FindDevice(recorderId) is { IsEnabled: true } && IsValidSubject(CredentialKind.Device, recorderId));

    public Device? FindDevice(string deviceId) => Read(c => DeviceSql.Find(c, deviceId));

    public IReadOnlyList<Device> Devices() => Read(DeviceSql.List);

    /// <summary>False when a device with this id is there already.</summary>
    public bool TryAddDevice(Device device) => Write(c => DeviceSql.TryInsert(c, device));

    /// <summary>Device and token in one transaction. The token is one that somebody else chose.</summary>
    internal bool TryAddDevice(Device device, string secret, out string problem)
    {
        problem = Write(c =>
        {
            if (DeviceSql.Find(c, device.DeviceId) is not null) return "Device already exists";
            if (CredentialSql.FindByHash(c, Secrets.Hash(secret)) is not null) return "Token already in use";
            DeviceSql.TryInsert(c, device);
            CredentialSql.Insert(c, NewId(), CredentialKind.Device, device.DeviceId, Secrets.Hash(secret), NowUs);
            return "";
        });
        return problem.Length == 0;
    }

    public bool SetEnabled(string deviceId, bool isEnabled) => Write(c => DeviceSql.SetEnabled(c, deviceId, isEnabled));

    public bool SetZone(string deviceId, string? zone) => Write(c => DeviceSql.SetZone(c, deviceId, zone));

    public IReadOnlyDictionary<string, string> Names(PlaceKind kind) => Read(c => DeviceSql.Names(c, kind));

    /// <summary>False when no device stands there.</summary>
    public bool SetName(PlaceKind kind, string id, string name) => Write(c => DeviceSql.SetName(c, kind, id, name));

    /// <summary>Makes a user of the broker; the password is in the answer and nowhere else. Null: there is one of this name.</summary>
    /// <exception cref="ArgumentException">The user cannot be written into the broker's files.</exception>
    public string? TryAddMqttUser(MqttUser user)
    {
        if (user.Problem() is { } problem) throw new ArgumentException(problem, nameof(user));
        var password = Secrets.Create("mqtt");
        return Write(c => MqttUserSql.TryInsert(c, user, MosquittoFiles.Hash(password))) ? password : null;
    }

    public bool RemoveMqttUser(string name) => Write(c => MqttUserSql.Delete(c, name));

    /// <summary>By name, with the hashes that <see cref="MosquittoFiles"/> writes.</summary>
    public IReadOnlyList<(MqttUser User, string PasswordHash)> MqttUsers() => Read(MqttUserSql.List);

    /// <summary>256 bits made once for this hub.</summary>
    public byte[] Key(string name) => Write(c =>
    {
        c.Execute("INSERT INTO keys (name, value) VALUES (@name, @value) ON CONFLICT DO NOTHING", new { name, value = RandomNumberGenerator.GetBytes(32) });
        return c.QuerySingle<byte[]>("SELECT value FROM keys WHERE name = @name", new { name });
    });

    public bool IsReadable()
    {
        try
        {
            return Read(c => c.ExecuteScalar<int>("SELECT 1") == 1);
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _senders.Dispose();
    }

    internal static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    private long NowUs => WallTime.ToMicroseconds(_time.GetUtcNow());

    private T Read<T>(Func<SqliteConnection, T> query) => _file.Read(query);

    private T Write<T>(Func<SqliteConnection, T> change) => _file.Write(change);

    private void Write(Action<SqliteConnection> change) => _file.Write(change);
}
