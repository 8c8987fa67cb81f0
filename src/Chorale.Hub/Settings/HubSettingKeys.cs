namespace Chorale.Hub.Settings;

/// <summary>One key: in the file as it stands, in the environment as <c>CHORALE_HUB_</c> + upper case, on the command line with dashes.</summary>
/// <param name="Name">Name in <c>hub.yaml</c>.</param>
/// <param name="Allowed">What may stand there, for messages and the reference.</param>
/// <param name="Default">In words.</param>
/// <param name="Meaning">One line.</param>
/// <param name="OtherEnvironment">A name that the original server used.</param>
public sealed record HubSettingKey(string Name, string Allowed, string Default, string Meaning, string? OtherEnvironment = null)
{
    public const string EnvironmentPrefix = "CHORALE_HUB_";

    public string Environment => EnvironmentPrefix + Name.ToUpperInvariant();

    public string Flag => "--" + Name.Replace('_', '-');
}

/// <summary>Every key of the hub.</summary>
public static class HubSettingKeys
{
    private const string Size = "a number of bytes, or one with KiB, MiB, GiB, KB, MB, GB";

    public static readonly HubSettingKey Listen = new("listen", "a list of " + ListenAddress.Allowed, "127.0.0.1:8080", "Addresses to listen on");
    public static readonly HubSettingKey Data = new("data", "a folder", "chorale-hub", "Audio, index and credentials");
    public static readonly HubSettingKey Certificate = new("certificate", "a PEM or PFX file", "none: http", "Certificate for https");
    public static readonly HubSettingKey CertificateKey = new("certificate_key", "a PEM file", "in the certificate's file", "Private key");
    public static readonly HubSettingKey CertificatePassword = new("certificate_password", "text", "none", "Password of the PFX or key");
    public static readonly HubSettingKey MaxUpload = new("max_upload", Size, "10 MiB", "Largest file from other clients", "MAX_UPLOAD_SIZE_BYTES");
    public static readonly HubSettingKey MaxOwnUpload = new("max_own_upload", Size, "5 GiB", "Largest file from Chorale's recorders");
    public static readonly HubSettingKey Zone = new("zone", "an IANA time zone such as Europe/Berlin", "the machine's", "Reads times without a zone");
    public static readonly HubSettingKey AdminToken = new("admin_token", "at least 16 characters", "none", "Token for /api/v1/admin", "ADMIN_TOKEN");
    public static readonly HubSettingKey InternalToken = new("internal_token", "at least 16 characters", "none", "Token for /api/v1/internal", "INTERNAL_TOKEN");
    public static readonly HubSettingKey KeepDays = new("keep_days", "a number above 0", "for ever", "Audio older than this is deleted");
    public static readonly HubSettingKey KeepSize = new("keep_size", Size, "no bound", "Oldest audio is deleted above this total");
    public static readonly HubSettingKey FreeFloor = new("free_floor", Size, "1 GiB", "Oldest audio is deleted while less is free");

    public static readonly HubSettingKey LogDays = new("log_days", "a number above 0", "90", "Events of the log older than this are deleted");
    public static readonly HubSettingKey LogRows = new("log_rows", "1000 to 100000000", "1000000", "Oldest events of the log are deleted above this number");
    public static readonly HubSettingKey Recordings = new("recordings", "a list of folders", "none", "Where modules' recordings lie on this machine");
    public static readonly HubSettingKey LiveKeepHours = new("live_keep_hours", "a number above 0", "24", "A live copy becomes a labelled chunk when its chunk has not come for so long");
    public static readonly HubSettingKey LiveSize = new("live_size", Size, "1 GiB", "Room for live copies; beyond it the oldest go");

    public static readonly HubSettingKey Broker = new("broker", BrokerAddress.Allowed, "none: no fleet", "MQTT broker of the fleet");
    public static readonly HubSettingKey BrokerTopic = new("broker_topic", "topic levels without + # or an empty level", "rslogger/audio", "Base topic of the fleet's modules");
    public static readonly HubSettingKey BrokerTls = new("broker_tls", "yes or no", "no; yes when broker_ca is set", "Encrypt the connection to the broker");
    public static readonly HubSettingKey BrokerCa = new("broker_ca", "a PEM file", "the system's", "Authority of the broker's certificate");
    public static readonly HubSettingKey BrokerCertificate = new("broker_certificate", "a PEM file", "none", "Our certificate, for brokers that demand one");
    public static readonly HubSettingKey BrokerCertificateKey = new("broker_certificate_key", "a PEM file", "none", "Its key, without a password");
    public static readonly HubSettingKey BrokerUser = new("broker_user", "1 to 64 of A-Z a-z 0-9 _ -", "none", "User at the broker");
    public static readonly HubSettingKey BrokerPasswordFile = new("broker_password_file", "a file that holds the password in its first line", "none", "Password at the broker");
    public static readonly HubSettingKey BrokerHomeAssistant = new("broker_home_assistant", "topic levels without + # or an empty level; usually homeassistant", "none: off", "Where Home Assistant is told of the modules");

    public static readonly HubSettingKey Rooms = new("rooms", "a folder with one folder for each room", "none: no rooms", "Rooms: their scenes, devices, sound and picture");

    public static readonly IReadOnlyList<HubSettingKey> All =
    [
        Listen, Data, Certificate, CertificateKey, CertificatePassword, MaxUpload, MaxOwnUpload, Zone, AdminToken, InternalToken, KeepDays, KeepSize, FreeFloor, LogDays, LogRows, Recordings,
        LiveKeepHours, LiveSize,
        Broker, BrokerTopic, BrokerTls, BrokerCa, BrokerCertificate, BrokerCertificateKey, BrokerUser, BrokerPasswordFile, BrokerHomeAssistant,
        Rooms,
    ];
}
