using Chorale.Protocol;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>Users: who there is, with what role. Whatever lessens what somebody may do ends all of their logins in the same transaction.</summary>
internal sealed class People(AccessFile file, TimeProvider time)
{
    private long NowUs => WallTime.ToMicroseconds(time.GetUtcNow());

    /// <summary>True once there was a first user, even if all of them are disabled: the door does not open again by itself.</summary>
    public bool Any => file.Read(UserSql.Any);

    public IReadOnlyList<User> List() => file.Read(c => UserSql.List(c).ConvertAll(r => r.ToUser()));

    public User? Find(string id) => file.Read(c => UserSql.Find(c, id))?.ToUser();

    public User? FindByName(string name) => file.Read(c => UserSql.FindByName(c, name))?.ToUser();

    /// <summary>The stored hash beside the user; disabled users too: that is said only to who knows the password.</summary>
    public (User User, string PasswordHash)? FindForLogin(string name) => file.Read(c => UserSql.FindByName(c, name)) is { } row ? (row.ToUser(), row.PasswordHash) : null;

    /// <summary>Null: there is one of this name, however it is written, or a program that may do everything is called so and would be mistaken for this user.</summary>
    /// <exception cref="ArgumentException">The name cannot be used.</exception>
    public User? TryAdd(string name, Role role, string passwordHash) => file.Write(c => TryAdd(c, name, role, passwordHash, NowUs));

    internal static User? TryAdd(SqliteConnection c, string name, Role role, string passwordHash, long nowUs)
    {
        if (User.NameProblem(name) is { } problem) throw new ArgumentException($"name \"{name}\": {problem}", nameof(name));
        if (CredentialSql.IsOperator(c, name)) return null;
        var id = AccessStore.NewId();
        return UserSql.TryInsert(c, id, name, role, passwordHash, nowUs) ? UserSql.Find(c, id)!.ToUser() : null;
    }

    /// <param name="version">The one that was seen; null: whichever there is.</param>
    /// <param name="current">What the user is now; null when there is none.</param>
    public UserChange Change(string id, long? version, Role? role, bool? isEnabled, out User? current)
    {
        var (outcome, now) = file.Write(c =>
        {
            if (UserSql.Find(c, id)?.ToUser() is not { } user) return (UserChange.NotFound, (User?)null);
            if (version is not null && version != user.Version) return (UserChange.Stale, user);
            var (newRole, newEnabled) = (role ?? user.Role, isEnabled ?? user.IsEnabled);
            var loses = user is { Role: Role.Technician, IsEnabled: true } && (newRole != Role.Technician || !newEnabled);
            if (loses && !UserSql.HasOtherTechnician(c, id)) return (UserChange.LastTechnician, user);
            if ((newRole, newEnabled) == (user.Role, user.IsEnabled)) return (UserChange.Done, user);
            UserSql.SetRights(c, id, newRole, newEnabled);
            SessionSql.EndOf(c, id);
            if (!newEnabled) LinkSql.EndOf(c, id);
            if (loses) LinkSql.EndMadeBy(c, user.Name); // who may invite nobody any more has invited nobody
            return (UserChange.Done, UserSql.Find(c, id)!.ToUser());
        });
        current = now;
        return outcome;
    }

    /// <summary>Ends every login of the user but one.</summary>
    /// <param name="id">Of the user.</param>
    /// <param name="passwordHash">Of the new one.</param>
    /// <param name="keptSession">The login in which the password was changed.</param>
    public bool SetPassword(string id, string passwordHash, string? keptSession = null) => file.Write(c =>
    {
        if (UserSql.Find(c, id) is null) return false;
        UserSql.SetPassword(c, id, passwordHash);
        SessionSql.EndOf(c, id, keptSession);
        LinkSql.EndOf(c, id);
        return true;
    });
}
