using Chorale.Protocol.Modules;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Control;

/// <summary>Something the module has to do. Steps are done in the order given; what takes time reports back when it is done.</summary>
internal abstract record ModuleStep
{
    private ModuleStep()
    {
    }

    public sealed record Respond(ModuleResponse Response) : ModuleStep;

    /// <summary>Publish the status as it is now.</summary>
    public sealed record TellStatus : ModuleStep;

    public sealed record Tell(ModuleData Data) : ModuleStep;

    /// <summary>Reports to <see cref="ModulePolicy.Begun"/>.</summary>
    public sealed record Begin(StartCommand Command) : ModuleStep;

    /// <summary>Stop the recording; its end is told by <see cref="ModulePolicy.Ended"/>.</summary>
    public sealed record End : ModuleStep;

    /// <summary>Reports to <see cref="ModulePolicy.Configured"/>.</summary>
    public sealed record Configure(AudioSetup Setup, bool Save) : ModuleStep;

    /// <summary>In force from now on; whether it could be kept is told to <see cref="ModulePolicy.Scheduled"/>.</summary>
    /// <param name="Wanted">What holds.</param>
    /// <param name="IsOwn">It is that of the settings.</param>
    /// <param name="Save">Keep it over a restart.</param>
    /// <param name="Command">Which is still to be answered.</param>
    public sealed record Schedule(RecordingSchedule Wanted, bool IsOwn, bool Save, ModuleCommand Command) : ModuleStep;

    public sealed record Mute(DateTimeOffset Until) : ModuleStep;

    public sealed record Unmute : ModuleStep;

    public sealed record Watch(TimeSpan Length) : ModuleStep;

    /// <summary>Send what is recorded to the hub, for so long.</summary>
    public sealed record Live(TimeSpan Length) : ModuleStep;

    /// <summary>End the program in an orderly way.</summary>
    public sealed record Exit : ModuleStep;
}
