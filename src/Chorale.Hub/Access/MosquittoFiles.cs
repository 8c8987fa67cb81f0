using System.Security.Cryptography;
using System.Text;
using Chorale.Protocol.Modules;
using Chorale.Storage;

namespace Chorale.Hub.Access;

/// <summary>mosquitto's two files: who may come in, and what they may do there. Written as a whole from the registry.</summary>
/// <remarks>
/// Whatever the ACL does not name is denied. mosquitto 2 grants every subscription and checks each message on its way out, so an
/// unlawful subscription hears nothing rather than being refused.
/// </remarks>
public static class MosquittoFiles
{
    public const string PasswordsName = "mosquitto.passwords";
    public const string AclName = "mosquitto.acl";

    /// <summary>mosquitto's default. A slow hash adds nothing to 256 random bits, and a fleet that comes back logs in all at once.</summary>
    private const int Iterations = 101;

    /// <summary>As mosquitto_passwd writes it: PBKDF2 with SHA-512, <c>$7$iterations$salt$hash</c>, the latter two in base64.</summary>
    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(12);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA512, 64);
        return $"$7${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}";
    }

    /// <summary>Replaces both files; the broker reads them at its next start or SIGHUP.</summary>
    /// <param name="folder">Made if it does not exist. Readable by its owner and its group: set the group's bit on the folder (setgid) for a broker under another user.</param>
    public static void Write(string folder, IReadOnlyList<(MqttUser User, string PasswordHash)> users)
    {
        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        if (isNew && !OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        // Passwords last: a new user is known only once its rights are.
        WriteOne(Path.Combine(folder, AclName), Acl(users.Select(u => u.User)));
        WriteOne(Path.Combine(folder, PasswordsName), string.Concat(users.Select(u => $"{u.User.Name}:{u.PasswordHash}\n")));
    }

    /// <summary>The text of the ACL file.</summary>
    public static string Acl(IEnumerable<MqttUser> users)
    {
        var acl = new StringBuilder("# Written by `chorale token mqtt`; changes here are lost. What is not named is denied.\n");
        foreach (var user in users)
        {
            acl.Append('\n').Append("user ").Append(user.Name).Append('\n');
            foreach (var (access, topic) in Rights(user)) acl.Append("topic ").Append(access).Append(' ').Append(topic).Append('\n');
        }

        return acl.ToString();
    }

    private static IEnumerable<(string Access, string Topic)> Rights(MqttUser user)
    {
        var topics = new ModuleTopics(user.BaseTopic, user.Role == MqttRole.Recorder ? user.Name : "+");
        return user.Role switch
        {
            MqttRole.Recorder =>
            [
                ("read", topics.Command), ("read", topics.Clock),
                ("readwrite", topics.Status), // it listens for a double of itself
                ("write", topics.Response), ("write", topics.Data), ("write", topics.Levels), ("write", topics.ClockReply),
            ],
            MqttRole.Controller =>
            [
                ("write", topics.Command), ("write", topics.Clock),
                ("read", topics.Status), ("read", topics.Response), ("read", topics.Data), ("read", topics.Levels), ("read", topics.ClockReply),
                .. RightsInRooms(user),
            ],
            MqttRole.Node => RightsOfNode(user),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static IEnumerable<(string Access, string Topic)> RightsInRooms(MqttUser controller)
    {
        if (controller.Commands.Count == 0) yield break;
        foreach (var read in (string[])["devices/+/status", "devices/+/+/feedback"]) yield return ("read", read);
        yield return ("write", "devices/+/+"); // the oldest devices take their commands there
        foreach (var room in controller.Commands) yield return ("readwrite", $"{room}/#");
    }

    private static IEnumerable<(string Access, string Topic)> RightsOfNode(MqttUser node)
    {
        foreach (var command in node.Commands.Append("STOP"))
        {
            yield return ("read", $"{node.BaseTopic}/{command}");
            yield return ("write", $"{node.BaseTopic}/{command}/feedback");
        }

        foreach (var said in node.Events) yield return ("write", $"{node.BaseTopic}/{said}");
        yield return ("write", $"{node.BaseTopic}/status"); // confirmations of the first generation
        yield return ("write", $"devices/{node.Name}/status");
    }

    private static void WriteOne(string path, string text)
    {
        DurableFile.Write(path, Encoding.UTF8.GetBytes(text));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }
}
